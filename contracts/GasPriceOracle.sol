// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FastLz} from "./FastLz.sol";
import {L1Block} from "./L1Block.sol";

/// @title GasPriceOracle
/// @notice Tells what a transaction will pay beside L2 gas: the L1 fee and the operator fee.
/// @dev    Predeploy 0x4200…000F. The fork flags fill slot 0 in order, one byte each; genesis sets them,
///         and the depositor account when a fork activates later.
///         See https://specs.optimism.io/protocol/fjord/predeploys.html#gaspriceoracle
contract GasPriceOracle {
    string public constant version = "1.6.0+takt";
    uint256 public constant DECIMALS = 6;

    L1Block private constant L1_BLOCK = L1Block(0x4200000000000000000000000000000000000015);
    address private constant DEPOSITOR_ACCOUNT = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;

    /// @dev Bytes that the signature adds to an unsigned transaction.
    uint256 private constant SIGNATURE_BYTES = 68;
    /// @dev Fjord's linear estimate of the compressed size, in millionths of a byte.
    int256 private constant COST_INTERCEPT = -42_585_600;
    int256 private constant COST_FASTLZ_COEF = 836_500;
    int256 private constant MIN_TRANSACTION_SIZE = 100e6;

    bool public isEcotone;
    bool public isFjord;
    bool public isIsthmus;
    bool public isJovian;

    modifier onlyDepositor() {
        require(msg.sender == DEPOSITOR_ACCOUNT, "GasPriceOracle: only the depositor account can set a fork flag");
        _;
    }

    function setEcotone() external onlyDepositor {
        require(!isEcotone, "GasPriceOracle: Ecotone already active");
        isEcotone = true;
    }

    function setFjord() external onlyDepositor {
        require(isEcotone, "GasPriceOracle: Fjord can only be activated after Ecotone");
        require(!isFjord, "GasPriceOracle: Fjord already active");
        isFjord = true;
    }

    function setIsthmus() external onlyDepositor {
        require(isFjord, "GasPriceOracle: Isthmus can only be activated after Fjord");
        require(!isIsthmus, "GasPriceOracle: Isthmus already active");
        isIsthmus = true;
    }

    function setJovian() external onlyDepositor {
        require(isIsthmus, "GasPriceOracle: Jovian can only be activated after Isthmus");
        require(!isJovian, "GasPriceOracle: Jovian already active");
        isJovian = true;
    }

    /// @notice The L1 fee of a transaction.
    /// @param data The RLP of the transaction without its signature.
    function getL1Fee(bytes memory data) external view returns (uint256) {
        if (isFjord) return _fjordL1Fee(FastLz.compressedLength(data) + SIGNATURE_BYTES);
        uint256 calldataGas = _calldataGas(data);
        if (isEcotone) return calldataGas * _l1FeeScaled() / (16 * 10 ** DECIMALS);
        return (calldataGas + L1_BLOCK.l1FeeOverhead()) * l1BaseFee() * L1_BLOCK.l1FeeScalar() / 10 ** DECIMALS;
    }

    /// @notice A bound that practically no transaction of that size exceeds; far cheaper to ask than getL1Fee.
    function getL1FeeUpperBound(uint256 unsignedTxSize) external view returns (uint256) {
        require(isFjord, "GasPriceOracle: getL1FeeUpperBound only supports Fjord");
        uint256 size = unsignedTxSize + SIGNATURE_BYTES;
        return _fjordL1Fee(size + size / 255 + 16);
    }

    /// @notice L1 gas as if the data were posted as calldata. Says little since blobs carry it.
    function getL1GasUsed(bytes memory data) external view returns (uint256) {
        if (isFjord) return _estimatedSize(FastLz.compressedLength(data) + SIGNATURE_BYTES) * 16 / 1e6;
        uint256 calldataGas = _calldataGas(data);
        return isEcotone ? calldataGas : calldataGas + L1_BLOCK.l1FeeOverhead();
    }

    function getOperatorFee(uint256 gasUsed) external view returns (uint256) {
        if (!isIsthmus) return 0;
        uint256 feeScalar = L1_BLOCK.operatorFeeScalar();
        uint256 feeConstant = L1_BLOCK.operatorFeeConstant();
        if (isJovian) return gasUsed * feeScalar * 100 + feeConstant;
        return _saturatingAdd(_saturatingMul(gasUsed, feeScalar) / 1e6, feeConstant);
    }

    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    function overhead() external view returns (uint256) {
        require(!isEcotone, "GasPriceOracle: overhead() is deprecated");
        return L1_BLOCK.l1FeeOverhead();
    }

    function scalar() external view returns (uint256) {
        require(!isEcotone, "GasPriceOracle: scalar() is deprecated");
        return L1_BLOCK.l1FeeScalar();
    }

    function decimals() external pure returns (uint256) {
        return DECIMALS;
    }

    function l1BaseFee() public view returns (uint256) {
        return L1_BLOCK.basefee();
    }

    function blobBaseFee() public view returns (uint256) {
        return L1_BLOCK.blobBaseFee();
    }

    function baseFeeScalar() public view returns (uint32) {
        return L1_BLOCK.baseFeeScalar();
    }

    function blobBaseFeeScalar() public view returns (uint32) {
        return L1_BLOCK.blobBaseFeeScalar();
    }

    function _fjordL1Fee(uint256 fastLzSize) private view returns (uint256) {
        return _estimatedSize(fastLzSize) * _l1FeeScaled() / 10 ** (2 * DECIMALS);
    }

    function _l1FeeScaled() private view returns (uint256) {
        return uint256(baseFeeScalar()) * 16 * l1BaseFee() + uint256(blobBaseFeeScalar()) * blobBaseFee();
    }

    /// @dev Millionths of a byte.
    function _estimatedSize(uint256 fastLzSize) private pure returns (uint256) {
        int256 estimate = COST_INTERCEPT + COST_FASTLZ_COEF * int256(fastLzSize);
        return uint256(estimate < MIN_TRANSACTION_SIZE ? MIN_TRANSACTION_SIZE : estimate);
    }

    function _calldataGas(bytes memory data) private pure returns (uint256 gas) {
        gas = SIGNATURE_BYTES * 16;
        for (uint256 i = 0; i < data.length; i++) {
            gas += data[i] == 0 ? 4 : 16;
        }
    }

    function _saturatingMul(uint256 a, uint256 b) private pure returns (uint256) {
        if (b == 0 || a <= type(uint256).max / b) return a * b;
        return type(uint256).max;
    }

    function _saturatingAdd(uint256 a, uint256 b) private pure returns (uint256) {
        return a <= type(uint256).max - b ? a + b : type(uint256).max;
    }
}
