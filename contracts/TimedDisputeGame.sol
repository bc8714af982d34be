// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IAnchorStateRegistry {
    function anchors(uint32 gameType) external view returns (bytes32 root, uint256 l2BlockNumber);
    function tryUpdateAnchorState() external;
}

/// @title TimedDisputeGame
/// @notice A claim about L2 that holds unless the challenger objects in time: an output root with no proof behind it.
///         Anyone may propose. A game that nobody objects to is won by its claim when its time is over, without a
///         transaction, so a withdrawal needs nobody but the user to go through.
/// @dev    Speaks the ABI of the OP Stack's dispute games as proposers, OptimismPortal2 and wallets use it. The factory
///         clones it with immutable arguments, which follow the calldata of each call:
///         `creator[20] | rootClaim[32] | l1Head[32] | l2BlockNumber[32]`, and their length in two bytes.
///         See https://specs.optimism.io/fault-proof/stage-one/dispute-game-interface.html
contract TimedDisputeGame {
    enum GameStatus {
        IN_PROGRESS,
        CHALLENGER_WINS,
        DEFENDER_WINS
    }

    event Resolved(GameStatus indexed status);

    error AlreadyInitialized();
    error BadExtraData();
    error ClaimAlreadyResolved();
    error GameNotResolved();
    error NotTheChallenger();
    error NoSuchClaim();
    error UnexpectedRootClaim(bytes32 rootClaim);

    string public constant version = "1.0.0+takt";

    uint256 private constant ARGUMENTS_SIZE = 118;

    uint32 public immutable gameType;
    /// @notice Seconds in which the challenger may object.
    uint64 public immutable maxClockDuration;
    address public immutable challenger;
    IAnchorStateRegistry public immutable anchorStateRegistry;
    uint256 public immutable l2ChainId;

    uint64 public createdAt;
    /// @dev When the challenger objected; 0 as long as it has not.
    uint64 private challengedAt;
    bool public wasRespectedGameTypeWhenCreated;

    constructor(
        uint32 _gameType,
        uint64 _maxClockDuration,
        address _challenger,
        IAnchorStateRegistry _anchorStateRegistry,
        uint256 _l2ChainId
    ) {
        gameType = _gameType;
        maxClockDuration = _maxClockDuration;
        challenger = _challenger;
        anchorStateRegistry = _anchorStateRegistry;
        l2ChainId = _l2ChainId;
    }

    /// @notice Called by the factory, once, in the transaction that creates the game.
    function initialize() external payable {
        if (createdAt != 0) revert AlreadyInitialized();
        if (argumentsSize() != ARGUMENTS_SIZE) revert BadExtraData();
        (, uint256 anchorBlock) = anchorStateRegistry.anchors(gameType);
        if (l2BlockNumber() <= anchorBlock) revert UnexpectedRootClaim(rootClaim());
        createdAt = uint64(block.timestamp);
        wasRespectedGameTypeWhenCreated = true;
    }

    /// @notice Objects to the claim, which loses the game for it.
    function challenge() external {
        if (msg.sender != challenger) revert NotTheChallenger();
        if (status() != GameStatus.IN_PROGRESS) revert ClaimAlreadyResolved();
        challengedAt = uint64(block.timestamp);
        emit Resolved(GameStatus.CHALLENGER_WINS);
    }

    /// @notice Makes a claim that has won the anchor of later ones. Withdrawals do not wait for it.
    function resolve() external returns (GameStatus status_) {
        status_ = status();
        if (status_ == GameStatus.IN_PROGRESS) revert GameNotResolved();
        if (status_ == GameStatus.DEFENDER_WINS) anchorStateRegistry.tryUpdateAnchorState();
        emit Resolved(status_);
    }

    function status() public view returns (GameStatus) {
        if (challengedAt != 0) return GameStatus.CHALLENGER_WINS;
        return block.timestamp < createdAt + maxClockDuration ? GameStatus.IN_PROGRESS : GameStatus.DEFENDER_WINS;
    }

    /// @notice When the outcome was certain; 0 as long as it is not.
    function resolvedAt() external view returns (uint64) {
        GameStatus current = status();
        if (current == GameStatus.IN_PROGRESS) return 0;
        return current == GameStatus.CHALLENGER_WINS ? challengedAt : createdAt + maxClockDuration;
    }

    /// @notice The only claim there is, in the form in which proposers look for their own.
    function claimData(uint256 index)
        external
        view
        returns (
            uint32 parentIndex,
            address counteredBy,
            address claimant,
            uint128 bond,
            bytes32 claim,
            uint128 position,
            uint128 clock
        )
    {
        if (index != 0) revert NoSuchClaim();
        counteredBy = challengedAt == 0 ? address(0) : challenger;
        return (type(uint32).max, counteredBy, gameCreator(), 0, rootClaim(), 1, createdAt);
    }

    function claimDataLen() external pure returns (uint256) {
        return 1;
    }

    function gameCreator() public pure returns (address) {
        return address(bytes20(argument(0)));
    }

    function rootClaim() public pure returns (bytes32) {
        return argument(20);
    }

    function l1Head() external pure returns (bytes32) {
        return argument(52);
    }

    function l2BlockNumber() public pure returns (uint256) {
        return uint256(argument(84));
    }

    function l2SequenceNumber() external pure returns (uint256) {
        return l2BlockNumber();
    }

    function extraData() public pure returns (bytes memory) {
        return abi.encodePacked(l2BlockNumber());
    }

    function gameData() external view returns (uint32, bytes32, bytes memory) {
        return (gameType, rootClaim(), extraData());
    }

    function argumentsSize() private pure returns (uint256 size) {
        assembly {
            size := shr(240, calldataload(sub(calldatasize(), 2)))
        }
    }

    function argument(uint256 offset) private pure returns (bytes32 value) {
        assembly {
            let size := shr(240, calldataload(sub(calldatasize(), 2)))
            value := calldataload(add(sub(calldatasize(), size), offset))
        }
    }
}
