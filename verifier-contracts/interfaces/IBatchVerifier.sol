// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Checks many proofs of one model at once
/// @notice A batch of N costs N + 3 pairings instead of 4 N. It is valid exactly if each of its proofs is, but for a probability below
/// 2^-240 for each attempt of an attacker (docs/verifiers.md).
/// @dev The parts of the N statements stand one after the other, without padding: `inputs` is N times `inputLength()` bytes,
/// `outputs` N times `outputLength()`, `proofs` N times 288.
interface IBatchVerifier {
    /// @notice Thrown when a batch holds no statement.
    error EmptyBatch();

    /// @notice Checks the proofs of N inferences. Reverts as `verifyInferenceFor` does, with the lengths of the whole parts.
    /// @param contexts what each proof was made for; their number is N
    /// @return valid false where one or more of the proofs do not show their statements
    function verifyBatch(
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (bool valid);

    /// @notice Finds what makes a batch invalid, by checking one proof after the other. Meant to be called, not to be sent: it costs as
    /// much as single proofs do.
    /// @return index of the first proof that does not show its statement; N if there is none
    function firstInvalid(
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (uint256 index);
}
