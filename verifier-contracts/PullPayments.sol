// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPullPayments} from "./interfaces/IPullPayments.sol";

/// @title Ledger of ether that accounts fetch themselves
/// @notice Nobody's transaction depends on whether somebody else can be paid.
/// @dev Ether leaves the contract in `withdraw` only. Nothing may depend on the contract's balance: ether can be forced on any contract.
abstract contract PullPayments is IPullPayments, ReentrancyGuardTransient {
    mapping(address account => uint256) private _credits;

    /// @inheritdoc IPullPayments
    function creditOf(address account) public view override returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IPullPayments
    function withdraw(address payable to) external override nonReentrant returns (uint256 amount) {
        amount = _credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) _credits[account] += amount;
    }
}
