// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title L1Block
/// @notice What L2 knows of L1, set by the first transaction of every L2 block.
/// @dev    Predeploy 0x4200…0015. The execution engine reads fee parameters straight from these slots,
///         so the order and the packing of the variables are consensus.
///         See https://specs.optimism.io/protocol/jovian/l1-attributes.html
contract L1Block {
    string public constant version = "1.9.0+takt";

    address public constant DEPOSITOR_ACCOUNT = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;
    /// @dev Stands for ether where a token address is asked for.
    address private constant ETHER = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    // Slot 0
    uint64 public number;
    uint64 public timestamp;
    // Slot 1
    uint256 public basefee;
    // Slot 2
    bytes32 public hash;
    // Slot 3
    uint64 public sequenceNumber;
    uint32 public blobBaseFeeScalar;
    uint32 public baseFeeScalar;
    // Slot 4
    bytes32 public batcherHash;
    // Slots 5 and 6, of no effect from Ecotone on
    uint256 public l1FeeOverhead;
    uint256 public l1FeeScalar;
    // Slot 7
    uint256 public blobBaseFee;
    // Slot 8
    uint64 public operatorFeeConstant;
    uint32 public operatorFeeScalar;
    uint16 public daFootprintGasScalar;

    error NotDepositor();

    modifier onlyDepositor() {
        if (msg.sender != DEPOSITOR_ACCOUNT) revert NotDepositor();
        _;
    }

    /// @notice Bedrock's form.
    function setL1BlockValues(
        uint64 _number,
        uint64 _timestamp,
        uint256 _basefee,
        bytes32 _hash,
        uint64 _sequenceNumber,
        bytes32 _batcherHash,
        uint256 _l1FeeOverhead,
        uint256 _l1FeeScalar
    ) external onlyDepositor {
        number = _number;
        timestamp = _timestamp;
        basefee = _basefee;
        hash = _hash;
        sequenceNumber = _sequenceNumber;
        batcherHash = _batcherHash;
        l1FeeOverhead = _l1FeeOverhead;
        l1FeeScalar = _l1FeeScalar;
    }

    /// @notice Ecotone's form: tightly packed calldata, 164 bytes.
    function setL1BlockValuesEcotone() external onlyDepositor {
        _setEcotoneValues();
    }

    /// @notice Isthmus's form: Ecotone's and the operator fee, 176 bytes.
    function setL1BlockValuesIsthmus() external onlyDepositor {
        _setEcotoneValues();
        operatorFeeScalar = uint32(_word(164) >> 224);
        operatorFeeConstant = uint64(_word(168) >> 192);
    }

    /// @notice Jovian's form: Isthmus's and the DA footprint's gas scalar, 178 bytes.
    function setL1BlockValuesJovian() external onlyDepositor {
        _setEcotoneValues();
        operatorFeeScalar = uint32(_word(164) >> 224);
        operatorFeeConstant = uint64(_word(168) >> 192);
        daFootprintGasScalar = uint16(_word(176) >> 240);
    }

    function isCustomGasToken() external pure returns (bool) {
        return false;
    }

    function gasPayingToken() external pure returns (address, uint8) {
        return (ETHER, 18);
    }

    function gasPayingTokenName() external pure returns (string memory) {
        return "Ether";
    }

    function gasPayingTokenSymbol() external pure returns (string memory) {
        return "ETH";
    }

    function _setEcotoneValues() private {
        baseFeeScalar = uint32(_word(4) >> 224);
        blobBaseFeeScalar = uint32(_word(8) >> 224);
        sequenceNumber = uint64(_word(12) >> 192);
        timestamp = uint64(_word(20) >> 192);
        number = uint64(_word(28) >> 192);
        basefee = _word(36);
        blobBaseFee = _word(68);
        hash = bytes32(_word(100));
        batcherHash = bytes32(_word(132));
    }

    function _word(uint256 offset) private pure returns (uint256 word) {
        assembly {
            word := calldataload(offset)
        }
    }
}
