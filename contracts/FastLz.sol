// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title FastLz
/// @notice The size of data after FastLZ (level 1) compression, by which Fjord estimates what data costs on L1.
/// @dev    Must count as the execution engine does, to the byte.
///         See https://specs.optimism.io/protocol/fjord/exec-engine.html#fjord-l1-cost-fee-changes-fastlz-estimator
library FastLz {
    uint256 private constant TABLE_BYTES = 8192 * 4;
    uint256 private constant MAX_DISTANCE = 8191;
    /// @dev No match begins in the last 14 bytes or reaches into the last 4.
    uint256 private constant NO_START = 14;
    uint256 private constant NO_REACH = 4;
    uint256 private constant MAX_RUN = 32;
    uint256 private constant MAX_MATCH = 262;

    function compressedLength(bytes memory data) internal pure returns (uint256 size) {
        bytes memory table = new bytes(TABLE_BYTES);
        uint256 limit = data.length < NO_START ? 0 : data.length - NO_START;
        uint256 anchor = 0;
        uint256 position = 2;
        while (position < limit) {
            (uint256 found, uint256 earlier) = _nextMatch(data, table, position, limit);
            if (found == limit) break;
            if (found > anchor) size += _literalsSize(found - anchor);
            uint256 length = _matchLength(data, earlier + 3, found + 3, data.length - NO_REACH);
            size += _matchSize(length);
            position = found + length;
            _remember(data, table, position);
            _remember(data, table, position + 1);
            position += 2;
            anchor = position;
        }
        size += _literalsSize(data.length - anchor);
    }

    /// @return found The next position at or after `position` whose three bytes came before, or `limit`.
    /// @return earlier Where they came before.
    function _nextMatch(bytes memory data, bytes memory table, uint256 position, uint256 limit)
        private
        pure
        returns (uint256 found, uint256 earlier)
    {
        for (found = position; found < limit; found++) {
            earlier = _remember(data, table, found);
            if (found - earlier <= MAX_DISTANCE && _three(data, found) == _three(data, earlier)) break;
        }
    }

    /// @dev One more than the equal bytes, unless `end` stops the comparison first.
    function _matchLength(bytes memory data, uint256 from, uint256 to, uint256 end) private pure returns (uint256 length) {
        while (to + length < end) {
            if (data[from + length] != data[to + length]) return length + 1;
            length++;
        }
    }

    function _literalsSize(uint256 count) private pure returns (uint256 size) {
        size = (count / MAX_RUN) * (MAX_RUN + 1);
        uint256 rest = count % MAX_RUN;
        if (rest > 0) size += rest + 1;
    }

    function _matchSize(uint256 length) private pure returns (uint256) {
        uint256 extra = length - 1;
        return 3 * (extra / MAX_MATCH) + (extra % MAX_MATCH >= 6 ? 3 : 2);
    }

    /// @dev Notes `position` under the hash of its three bytes; gives what was noted there.
    function _remember(bytes memory data, bytes memory table, uint256 position) private pure returns (uint256 previous) {
        uint256 slot = ((_three(data, position) * 2654435769) & 0xffffffff) >> 19;
        assembly {
            let entry := add(add(table, 32), shl(2, slot))
            let word := mload(entry)
            previous := shr(224, word)
            mstore(entry, or(shl(224, position), shr(32, shl(32, word))))
        }
    }

    function _three(bytes memory data, uint256 position) private pure returns (uint256 value) {
        assembly {
            let word := mload(add(add(data, 32), position))
            value := or(or(byte(0, word), shl(8, byte(1, word))), shl(16, byte(2, word)))
        }
    }
}
