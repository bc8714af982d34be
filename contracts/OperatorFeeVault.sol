// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IL2ToL1MessagePasser {
    function initiateWithdrawal(address target, uint256 gasLimit, bytes calldata data) external payable;
}

/// @title OperatorFeeVault
/// @notice Gathers the operator fee of every transaction and pays it out when anyone asks.
/// @dev    Predeploy 0x4200…001B. See https://specs.optimism.io/protocol/isthmus/predeploys.html#operatorfeevault
contract OperatorFeeVault {
    enum WithdrawalNetwork {
        L1,
        L2
    }

    event Withdrawal(uint256 value, address to, address from);
    event Withdrawal(uint256 value, address to, address from, WithdrawalNetwork withdrawalNetwork);

    string public constant version = "1.1.1+takt";

    IL2ToL1MessagePasser private constant MESSAGE_PASSER =
        IL2ToL1MessagePasser(0x4200000000000000000000000000000000000016);
    uint256 private constant WITHDRAWAL_MIN_GAS = 400_000;

    uint256 public totalProcessed;
    uint256 public minWithdrawalAmount;
    address public recipient;
    WithdrawalNetwork public withdrawalNetwork;

    receive() external payable {}

    /// @notice Pays the whole balance out to the recipient, on L2 or by withdrawal on L1.
    function withdraw() external returns (uint256 value) {
        value = address(this).balance;
        require(
            value >= minWithdrawalAmount, "FeeVault: withdrawal amount must be greater than minimum withdrawal amount"
        );
        totalProcessed += value;
        emit Withdrawal(value, recipient, msg.sender);
        emit Withdrawal(value, recipient, msg.sender, withdrawalNetwork);
        if (withdrawalNetwork == WithdrawalNetwork.L2) {
            (bool sent,) = recipient.call{value: value}("");
            require(sent, "FeeVault: failed to send ETH to L2 fee recipient");
        } else {
            MESSAGE_PASSER.initiateWithdrawal{value: value}(recipient, WITHDRAWAL_MIN_GAS, "");
        }
    }

    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256) {
        return minWithdrawalAmount;
    }

    function RECIPIENT() external view returns (address) {
        return recipient;
    }

    function WITHDRAWAL_NETWORK() external view returns (WithdrawalNetwork) {
        return withdrawalNetwork;
    }
}
