// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A quantized neural network whose inferences can be checked on chain
/// @notice A valid proof says: its maker knows values for everything that is not public such that output = Model(input).
/// The model is the one `modelId` names: the verification key in the contract holds for its circuit only.
/// @dev A part (input or output) is all its tensors in the order of the ONNX file, each row-major, one byte per element:
/// the value of a uint8, the two's complement of an int8. A committed part is its commitment, 32 bytes big-endian.
/// `proof` is 288 bytes: C || A.x || A.y || B.x.c1 || B.x.c0 || B.y.c1 || B.y.c0 || C_proof.x || C_proof.y.
/// Groth16 proofs can be altered into other valid proofs of the same statement: stop replay by `context`, never by
/// remembering proof bytes.
interface IVerifiableModel {
    /// @notice Whether a verifier sees a part or only a commitment to it.
    enum Visibility {
        Public,
        Committed
    }

    /// @notice Element type of a tensor.
    enum DType {
        Uint8,
        Int8
    }

    /// @notice One input or output tensor.
    /// @dev The real number that an element q stands for is (q - zeroPoint) * scaleMantissa * 2^scaleExponent, exactly.
    struct TensorInfo {
        /// Name in the ONNX file.
        string name;
        DType dtype;
        /// Dimensions, outermost first.
        uint256[] shape;
        uint256 scaleMantissa;
        int256 scaleExponent;
        int256 zeroPoint;
        /// Whether the ONNX file has a float tensor here, which users quantize or dequantize by the scale and zero point.
        bool isFloat;
    }

    /// @notice Thrown when `input` is not `inputLength()` bytes long.
    error InvalidInputLength(uint256 expected, uint256 actual);

    /// @notice Thrown when `output` is not `outputLength()` bytes long, or by helpers when it is not one byte per element.
    error InvalidOutputLength(uint256 expected, uint256 actual);

    /// @notice Thrown when `proof` is not 288 bytes long.
    error InvalidProofLength(uint256 expected, uint256 actual);

    /// @notice Thrown when the gas was too little to tell whether the proof is valid.
    error InsufficientGas();

    /// @notice Thrown when the model has no tensor of this index.
    error NoSuchTensor(uint256 index);

    /// @notice Thrown by `argmax` when it is given no elements.
    error NoElements();

    /// @notice Checks the proof of an inference that is bound to no particular use.
    /// @param input bytes of the input, or its commitment
    /// @param output bytes of the output, or its commitment
    /// @param proof 288 bytes
    /// @return valid false for a well-formed call whose proof does not show this statement
    function verifyInference(
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid);

    /// @notice Checks the proof of an inference made for one use.
    /// @param context what the proof was made for: for example a hash of chain id, contract and request; zero is no context
    /// @param input bytes of the input, or its commitment
    /// @param output bytes of the output, or its commitment
    /// @param proof 288 bytes
    /// @return valid false for a well-formed call whose proof does not show this statement
    function verifyInferenceFor(
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid);

    /// @notice Names the model and its circuit; part of every statement.
    function modelId() external view returns (bytes32);

    /// @notice Names the verification key together with everything that this interface tells about the model: the hash that the universal
    /// verifier registers the same key under (docs/verifiers.md).
    function keyId() external view returns (bytes32);

    /// @notice SHA-256 of the ONNX file; zero where the weights are committed.
    function onnxSha256() external view returns (bytes32);

    /// @notice IPFS CID of the ONNX file as text; empty where none was given.
    function modelCid() external view returns (string memory);

    /// @notice Whether the key comes from a single-party development setup: whoever ran it may forge proofs.
    function DEVELOPMENT_KEY() external view returns (bool);

    function inputVisibility() external view returns (Visibility);

    function outputVisibility() external view returns (Visibility);

    /// @notice Length of `input` in bytes: its elements, or 32 where it is committed.
    function inputLength() external view returns (uint256);

    /// @notice Length of `output` in bytes: its elements, or 32 where it is committed.
    function outputLength() external view returns (uint256);

    /// @notice Element type of all input tensors.
    function inputDType() external view returns (DType);

    /// @notice Element type of all output tensors.
    function outputDType() external view returns (DType);

    /// @notice Number of input tensors.
    function inputCount() external view returns (uint256);

    /// @notice Number of output tensors.
    function outputCount() external view returns (uint256);

    /// @notice An input tensor, in the order of the ONNX file. Reverts with NoSuchTensor.
    function inputTensor(uint256 index) external view returns (TensorInfo memory);

    /// @notice An output tensor, in the order of the ONNX file. Reverts with NoSuchTensor.
    function outputTensor(uint256 index) external view returns (TensorInfo memory);

    /// @notice Index of the greatest element, the first one among equals. Verifies nothing.
    /// @param elements bytes of an output tensor, or of a slice of it; at least one
    function argmax(bytes calldata elements) external view returns (uint256 index);

    /// @notice The real numbers that an output stands for, with 18 decimals, rounded towards minus infinity. Verifies nothing.
    /// @param output one byte per element, all output tensors
    function dequantizeOutput(bytes calldata output) external view returns (int256[] memory values);
}
