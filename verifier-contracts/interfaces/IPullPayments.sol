// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Ether that accounts have earned and fetch themselves
interface IPullPayments {
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when an account without credit withdraws.
    error NothingToWithdraw(address account);

    /// @notice Wei that an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice Sends all of the caller's credit.
    /// @param to receives the ether; what it reverts with is passed on, and the credit stays
    function withdraw(address payable to) external returns (uint256 amount);
}
