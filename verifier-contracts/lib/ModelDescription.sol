// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IUniversalVerifier} from "../interfaces/IUniversalVerifier.sol";
import {IVerifiableModel} from "../interfaces/IVerifiableModel.sol";
import {InferenceProofs} from "./InferenceProofs.sol";

/// @title What a key's data tell about the model, behind the record
/// @dev Bytes, integers big-endian: the SHA-256 of the ONNX file, 32; the length of the IPFS CID, 1, and the CID; the numbers of input and
/// output tensors, 1 each; then each tensor, inputs first: flags, 1 (bit 0: int8, bit 1: float in the ONNX file); zero point, 1, as an
/// element; mantissa of the scale, 3; exponent, 2, in two's complement; number of dimensions, 1; the dimensions, 4 each; length of the name, 2,
/// and the name.
library ModelDescription {
    uint256 private constant INT8 = 1;
    uint256 private constant FLOAT = 2;
    uint256 private constant KNOWN_FLAGS = 3;

    function onnxSha256(bytes memory description) internal pure returns (bytes32) {
        return bytes32(_number(description, 0, 32));
    }

    function modelCid(bytes memory description) internal pure returns (string memory) {
        return string(_slice(description, 33, _number(description, 32, 1)));
    }

    /// @dev Numbers of input and of output tensors.
    function counts(bytes memory description) internal pure returns (uint256 inputs, uint256 outputs) {
        uint256 position = 33 + _number(description, 32, 1);
        return (_number(description, position, 1), _number(description, position + 1, 1));
    }

    /// @dev The tensor of this number, inputs first. Reverts where the description has no such tensor.
    function tensor(
        bytes memory description,
        uint256 index
    ) internal pure returns (IVerifiableModel.TensorInfo memory info) {
        uint256 position = 35 + _number(description, 32, 1);
        for (uint256 i = 0; i < index; ++i) position = _end(description, position);
        uint256 flags = _number(description, position, 1);
        uint256 zeroPoint = _number(description, position + 1, 1);
        bool isInt8 = flags & INT8 != 0;
        info.dtype = isInt8 ? IVerifiableModel.DType.Int8 : IVerifiableModel.DType.Uint8;
        info.isFloat = flags & FLOAT != 0;
        info.zeroPoint = isInt8 ? int256(int8(uint8(zeroPoint))) : int256(zeroPoint);
        info.scaleMantissa = _number(description, position + 2, 3);
        info.scaleExponent = int16(uint16(_number(description, position + 5, 2)));
        info.shape = new uint256[](_number(description, position + 7, 1));
        position += 8;
        for (uint256 i = 0; i < info.shape.length; ++i) {
            info.shape[i] = _number(description, position, 4);
            position += 4;
        }
        info.name = string(_slice(description, position + 2, _number(description, position, 2)));
    }

    /// @dev Reverts where the description is damaged or contradicts the layout of the key.
    function check(bytes memory description, uint256 layoutWord) internal pure {
        (uint256 inputs, uint256 outputs) = counts(description);
        uint256 position = 35 + _number(description, 32, 1);
        bool isInt8 = layoutWord & InferenceProofs.INPUT_INT8 != 0;
        bool committed = layoutWord & InferenceProofs.INPUT_COMMITTED != 0;
        position = _checkPart(description, position, inputs, isInt8, committed ? 0 : layoutWord & 0xffffffff);
        isInt8 = layoutWord & InferenceProofs.OUTPUT_INT8 != 0;
        committed = layoutWord & InferenceProofs.OUTPUT_COMMITTED != 0;
        position = _checkPart(description, position, outputs, isInt8, committed ? 0 : (layoutWord >> 32) & 0xffffffff);
        if (position != description.length) revert IUniversalVerifier.InvalidDescription();
    }

    /// @param expected number of elements, 0 where the layout does not tell it
    function _checkPart(
        bytes memory description,
        uint256 position,
        uint256 count,
        bool isInt8,
        uint256 expected
    ) private pure returns (uint256) {
        if (count == 0) revert IUniversalVerifier.InvalidDescription();
        uint256 sum;
        for (uint256 i = 0; i < count; ++i) {
            uint256 flags = _number(description, position, 1);
            uint256 mantissa = _number(description, position + 2, 3);
            int256 exponent = int16(uint16(_number(description, position + 5, 2)));
            bool valid = flags <= KNOWN_FLAGS && (flags & INT8 != 0) == isInt8;
            // The scale is a float32: outputs can be dequantized without overflow.
            valid = valid && mantissa != 0 && exponent >= -149 && exponent <= 127;
            if (!valid) revert IUniversalVerifier.InvalidDescription();
            uint256 elements = 1;
            uint256 rank = _number(description, position + 7, 1);
            for (uint256 axis = 0; axis < rank; ++axis) {
                elements *= _number(description, position + 8 + 4 * axis, 4);
                if (elements > type(uint32).max) revert IUniversalVerifier.InvalidDescription();
            }
            sum += elements;
            position = _end(description, position);
        }
        if (expected != 0 && sum != expected) revert IUniversalVerifier.InvalidDescription();
        return position;
    }

    /// @dev Where the tensor ends that starts there.
    function _end(bytes memory description, uint256 position) private pure returns (uint256) {
        uint256 name = position + 8 + 4 * _number(description, position + 7, 1);
        uint256 end = name + 2 + _number(description, name, 2);
        if (end > description.length) revert IUniversalVerifier.InvalidDescription();
        return end;
    }

    /// @dev `length` bytes as a number; 32 at most.
    function _number(bytes memory description, uint256 position, uint256 length) private pure returns (uint256 value) {
        if (position + length > description.length) revert IUniversalVerifier.InvalidDescription();
        assembly ("memory-safe") {
            value := shr(shl(3, sub(32, length)), mload(add(add(description, 0x20), position)))
        }
    }

    function _slice(
        bytes memory description,
        uint256 position,
        uint256 length
    ) private pure returns (bytes memory slice) {
        if (position + length > description.length) revert IUniversalVerifier.InvalidDescription();
        slice = new bytes(length);
        for (uint256 i = 0; i < length; ++i) slice[i] = description[position + i];
    }
}
