// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IModelRegistry} from "./IModelRegistry.sol";
import {IPullPayments} from "./IPullPayments.sol";

/// @title Oracle of proven inferences
/// @notice Keeps, for every subject, the latest output of a model. The proof vouches for the output, the reporter for the input.
/// @dev A subject belongs to one reporter, since a proof cannot tell which input is the right one: readers choose whom they trust with
/// inputs by the subject they read, and trust nobody with outputs. A reporter may be a contract with rules of its own, such as
/// taking inputs from another oracle, or only those that a sensor signed. The prover need not be the reporter.
interface IInferenceFeed is IPullPayments {
    struct Answer {
        /// Number of updates of the subject so far.
        uint64 round;
        /// Time of the block that the update is in.
        uint64 updatedAt;
        bytes32 inputHash;
        /// Bytes of the output, or its commitment.
        bytes output;
    }

    event Updated(
        bytes32 indexed subject,
        uint256 indexed modelToken,
        address indexed reporter,
        uint64 round,
        bytes input,
        bytes output
    );

    /// @notice Thrown when a contract is given for a registry that is none.
    error NotARegistry(address registry);

    /// @notice Thrown when the ether sent is not exactly the model's license fee.
    error WrongPayment(uint256 expected, uint256 actual);

    /// @notice Thrown when an update is not the next one of its subject.
    error WrongRound(bytes32 subject, uint64 expected, uint64 actual);

    /// @notice Thrown when the proof does not show the inference for this round of this subject, here.
    error InvalidProof(bytes32 subject, uint64 round);

    /// @notice Thrown when a subject has no answer.
    error NoAnswer(bytes32 subject);

    /// @notice Thrown when a subject's latest answer is older than its reader takes.
    error StaleAnswer(bytes32 subject, uint256 updatedAt, uint256 maxAge);

    /// @notice Sets the latest output of a subject of the caller. Costs the model's license fee, exactly.
    /// @param modelToken token of the registry
    /// @param label the reporter's name for what the inference is about
    /// @param round the round after the latest: `roundOf(subject) + 1`
    /// @param proof bound to `contextOf(subject, round)`
    function update(
        uint256 modelToken,
        bytes32 label,
        uint64 round,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external payable returns (bytes32 subject);

    /// @notice The latest answer of a subject. Reverts with NoAnswer, and with StaleAnswer where it is older than maxAge seconds.
    /// @dev Block times are the chain's. They tell when an output was proven here, not when its input was measured.
    function latest(bytes32 subject, uint256 maxAge) external view returns (Answer memory);

    /// @notice Number of updates of a subject so far.
    function roundOf(bytes32 subject) external view returns (uint64);

    /// @notice What a proof must be bound to: this chain, this feed, the subject and the round.
    function contextOf(bytes32 subject, uint64 round) external view returns (bytes32);

    /// @notice Name of what a reporter calls `label`, seen by a model.
    function subjectOf(uint256 modelToken, address reporter, bytes32 label) external pure returns (bytes32);

    /// @notice Where models are tokens.
    function registry() external view returns (IModelRegistry);
}
