// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IBatchVerifier} from "./interfaces/IBatchVerifier.sol";
import {IVerifiableModel} from "./interfaces/IVerifiableModel.sol";
import {InferenceBatches} from "./lib/InferenceBatches.sol";
import {InferenceProofs} from "./lib/InferenceProofs.sol";
import {KeyStore} from "./lib/KeyStore.sol";
import {ModelDescription} from "./lib/ModelDescription.sol";

/// @title A key of the universal verifier as an IVerifiableModel
/// @notice Deployed by `UniversalVerifier.deployModel`, once for each key, as a minimal proxy that holds the key's id behind its code.
/// @dev Nothing but view functions and no storage. The contract that the proxies delegate to has no key itself: asked directly, it reverts.
contract UniversalModel is IVerifiableModel, IBatchVerifier, IERC165 {
    /// @notice The UniversalVerifier where the key is registered.
    address public immutable universalVerifier;

    constructor(address verifier) {
        universalVerifier = verifier;
    }

    /// @inheritdoc IVerifiableModel
    function verifyInference(
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid) {
        return InferenceProofs.verify(_record(), 0, input, output, proof);
    }

    /// @inheritdoc IVerifiableModel
    function verifyInferenceFor(
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid) {
        return InferenceProofs.verify(_record(), context, input, output, proof);
    }

    /// @inheritdoc IBatchVerifier
    function verifyBatch(
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (bool valid) {
        bytes32 id = keyId();
        uint256 record = KeyStore.load(universalVerifier, id);
        return InferenceBatches.verify(record, id, contexts, inputs, outputs, proofs);
    }

    /// @inheritdoc IBatchVerifier
    function firstInvalid(
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (uint256 index) {
        return InferenceBatches.firstInvalid(_record(), contexts, inputs, outputs, proofs);
    }

    /// @inheritdoc IVerifiableModel
    function keyId() public view returns (bytes32) {
        return bytes32(Clones.fetchCloneArgs(address(this)));
    }

    /// @inheritdoc IVerifiableModel
    function modelId() external view returns (bytes32) {
        return bytes32(_word(0x260));
    }

    /// @notice Commitment to the weights of the model whose inferences are accepted; zero where the weights are part of the circuit.
    function weightsCommitment() external view returns (bytes32) {
        return bytes32(_word(0x0c0));
    }

    /// @inheritdoc IVerifiableModel
    function onnxSha256() external view returns (bytes32) {
        return ModelDescription.onnxSha256(_description());
    }

    /// @inheritdoc IVerifiableModel
    function modelCid() external view returns (string memory) {
        return ModelDescription.modelCid(_description());
    }

    /// @inheritdoc IVerifiableModel
    function DEVELOPMENT_KEY() external view returns (bool) {
        return _layout() & InferenceProofs.DEVELOPMENT_KEY != 0;
    }

    /// @inheritdoc IVerifiableModel
    function inputVisibility() external view returns (Visibility) {
        return _layout() & InferenceProofs.INPUT_COMMITTED != 0 ? Visibility.Committed : Visibility.Public;
    }

    /// @inheritdoc IVerifiableModel
    function outputVisibility() external view returns (Visibility) {
        return _layout() & InferenceProofs.OUTPUT_COMMITTED != 0 ? Visibility.Committed : Visibility.Public;
    }

    /// @inheritdoc IVerifiableModel
    function inputLength() external view returns (uint256) {
        return _layout() & 0xffffffff;
    }

    /// @inheritdoc IVerifiableModel
    function outputLength() external view returns (uint256) {
        return (_layout() >> 32) & 0xffffffff;
    }

    /// @inheritdoc IVerifiableModel
    function inputDType() external view returns (DType) {
        return _layout() & InferenceProofs.INPUT_INT8 != 0 ? DType.Int8 : DType.Uint8;
    }

    /// @inheritdoc IVerifiableModel
    function outputDType() public view returns (DType) {
        return _layout() & InferenceProofs.OUTPUT_INT8 != 0 ? DType.Int8 : DType.Uint8;
    }

    /// @inheritdoc IVerifiableModel
    function inputCount() external view returns (uint256 count) {
        (count, ) = ModelDescription.counts(_description());
    }

    /// @inheritdoc IVerifiableModel
    function outputCount() external view returns (uint256 count) {
        (, count) = ModelDescription.counts(_description());
    }

    /// @inheritdoc IVerifiableModel
    function inputTensor(uint256 index) external view returns (TensorInfo memory) {
        bytes memory description = _description();
        (uint256 inputs, ) = ModelDescription.counts(description);
        if (index >= inputs) revert NoSuchTensor(index);
        return ModelDescription.tensor(description, index);
    }

    /// @inheritdoc IVerifiableModel
    function outputTensor(uint256 index) external view returns (TensorInfo memory) {
        bytes memory description = _description();
        (uint256 inputs, uint256 outputs) = ModelDescription.counts(description);
        if (index >= outputs) revert NoSuchTensor(index);
        return ModelDescription.tensor(description, inputs + index);
    }

    /// @inheritdoc IVerifiableModel
    function argmax(bytes calldata elements) external view returns (uint256 index) {
        if (elements.length == 0) revert NoElements();
        bool isInt8 = outputDType() == DType.Int8;
        int256 greatest = _element(elements[0], isInt8);
        for (uint256 i = 1; i < elements.length; ++i) {
            int256 element = _element(elements[i], isInt8);
            if (element > greatest) (greatest, index) = (element, i);
        }
    }

    /// @inheritdoc IVerifiableModel
    function dequantizeOutput(bytes calldata output) external view returns (int256[] memory values) {
        bytes memory description = _description();
        (uint256 inputs, uint256 outputs) = ModelDescription.counts(description);
        values = new int256[](output.length);
        uint256 end = 0;
        for (uint256 index = 0; index < outputs; ++index) {
            TensorInfo memory info = ModelDescription.tensor(description, inputs + index);
            uint256 i = end;
            end += _elementCount(info.shape);
            for (; i < end && i < output.length; ++i) values[i] = _dequantize(output[i], info);
        }
        if (end != output.length) revert InvalidOutputLength(end, output.length);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IVerifiableModel).interfaceId ||
            interfaceId == type(IBatchVerifier).interfaceId;
    }

    function _dequantize(bytes1 element, TensorInfo memory info) private pure returns (int256) {
        int256 steps = (_element(element, info.dtype == DType.Int8) - info.zeroPoint) * 1e18;
        int256 value = steps * int256(info.scaleMantissa);
        return info.scaleExponent < 0 ? value >> uint256(-info.scaleExponent) : value << uint256(info.scaleExponent);
    }

    function _element(bytes1 element, bool isInt8) private pure returns (int256) {
        return isInt8 ? int256(int8(uint8(element))) : int256(uint256(uint8(element)));
    }

    function _elementCount(uint256[] memory shape) private pure returns (uint256 count) {
        count = 1;
        for (uint256 axis = 0; axis < shape.length; ++axis) count *= shape[axis];
    }

    function _record() private view returns (uint256 record) {
        return KeyStore.load(universalVerifier, keyId());
    }

    function _layout() private view returns (uint256) {
        return InferenceProofs.layoutOf(_record());
    }

    function _word(uint256 offset) private view returns (uint256 word) {
        uint256 record = _record();
        assembly ("memory-safe") {
            word := mload(add(record, offset))
        }
    }

    function _description() private view returns (bytes memory) {
        return KeyStore.read(universalVerifier, keyId(), InferenceProofs.RECORD_LENGTH);
    }
}
