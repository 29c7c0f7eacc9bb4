// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Checks the inferences of all models, with their verification keys as data
/// @notice Anyone may register a key. What says which model a proof is about is the key id, the hash of everything that was registered:
/// the verification key, the model id, the lengths, what is public, and the description of the tensors. The model id alone says nothing here,
/// since anyone can register a key of their own for it.
/// @dev Key data are defined in docs/verifiers.md; `zkinfer export-key` writes them. Functions that take a key id revert with UnknownKey
/// where nothing is registered under it. Parts, proofs and lengths are as in IVerifiableModel and IBatchVerifier, and so are their errors.
interface IUniversalVerifier {
    /// @notice A key can be used from now on.
    event KeyRegistered(bytes32 indexed keyId, bytes32 indexed modelId, address registrar);

    /// @notice A contract that implements IVerifiableModel for a key was deployed.
    event ModelDeployed(bytes32 indexed keyId, address model);

    /// @notice Thrown when no key of this id is registered.
    error UnknownKey(bytes32 keyId);

    /// @notice Thrown by `registerKey` when the data are too short for a key, or too long for a contract's code.
    error InvalidKeyLength(uint256 length);

    /// @notice Thrown by `registerKey` when the layout is of another version, or contradicts itself.
    error InvalidLayout(uint256 layoutWord);

    /// @notice Thrown by `registerKey` when the commitment of the weights is no field element, or is there without need.
    error InvalidWeightsCommitment(uint256 commitment);

    /// @notice Thrown by `registerKey` for a point of G1 that is at infinity, not on the curve or not canonical.
    /// @param offset where the point starts in the data
    error InvalidG1Point(uint256 offset);

    /// @notice Thrown by `registerKey` for a point of G2 that is at infinity.
    /// @param offset where the point starts in the data
    error G2PointAtInfinity(uint256 offset);

    /// @notice Thrown by `registerKey` when beta, gamma or delta is not on the twist, not in its group of prime order, or not canonical.
    error InvalidG2Point();

    /// @notice Thrown by `registerKey` when two of beta, gamma and delta agree up to sign: anyone could forge proofs.
    error RelatedG2Points();

    /// @notice Thrown by `registerKey` when the description of the tensors is damaged, or contradicts the layout.
    error InvalidDescription();

    /// @notice Thrown by `registerKey` when the data could not be stored, for lack of gas.
    error KeyNotStored();

    /// @notice Registers a key. Registering it again changes nothing.
    /// @return keyId names the key from now on, for everyone
    function registerKey(bytes calldata data) external returns (bytes32 keyId);

    /// @notice The id that these data have, registered or not. Checks nothing.
    function keyIdOf(bytes calldata data) external pure returns (bytes32 keyId);

    /// @notice Whether a key of this id is registered.
    function isRegistered(bytes32 keyId) external view returns (bool);

    /// @notice The data that were registered.
    function keyData(bytes32 keyId) external view returns (bytes memory data);

    /// @notice Checks the proof of an inference.
    /// @param context what the proof was made for; zero is no context
    /// @return valid false for a well-formed call whose proof does not show this statement
    function verifyInference(
        bytes32 keyId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid);

    /// @notice Checks the proofs of N inferences of one model, as IBatchVerifier does.
    function verifyBatch(
        bytes32 keyId,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (bool valid);

    /// @notice Index of the first proof of a batch that does not show its statement, or N. Costs as much as single proofs do.
    function firstInvalid(
        bytes32 keyId,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (uint256 index);

    /// @notice Deploys the contract that stands for a key where an IVerifiableModel is expected, if that was not done before.
    /// @return model `modelAddress(keyId)`
    function deployModel(bytes32 keyId) external returns (address model);

    /// @notice Where the IVerifiableModel of a key is or will be. No other contract can be there.
    function modelAddress(bytes32 keyId) external view returns (address model);
}
