// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What a verifier for committed weights tells beyond IVerifiableModel
interface ICommittedWeights {
    /// @notice Commitment to the weights of the model whose inferences are accepted; `modelId` names the architecture.
    function weightsCommitment() external view returns (bytes32);
}
