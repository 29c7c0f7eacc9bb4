// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IVerifiableModel} from "../../../verifier-contracts/interfaces/IVerifiableModel.sol";

/// Takes keccak256(abi.encode(context, input, output)) for a proof. What it tells can be set, as by a verifier behind a proxy.
contract MockModel is IVerifiableModel {
    bytes32 public override modelId = keccak256("a mock");
    bytes32 public override keyId = keccak256("its key");
    bytes32 public override onnxSha256;
    string public override modelCid;
    bool public override DEVELOPMENT_KEY;
    Visibility public override inputVisibility;
    Visibility public override outputVisibility;
    uint256 public override inputLength = 4;
    uint256 public override outputLength = 3;
    DType public override inputDType;
    DType public override outputDType;
    uint256 public override inputCount = 1;
    uint256 public override outputCount = 1;
    bool public broken;

    error Broken();

    function setLengths(uint256 input, uint256 output) external {
        (inputLength, outputLength) = (input, output);
    }

    function setDevelopmentKey(bool development) external {
        DEVELOPMENT_KEY = development;
    }

    function setOutputVisibility(Visibility visibility) external {
        outputVisibility = visibility;
    }

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    function verifyInference(
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view override returns (bool) {
        return verifyInferenceFor(bytes32(0), input, output, proof);
    }

    function verifyInferenceFor(
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) public view override returns (bool) {
        if (broken) revert Broken();
        if (output.length != outputLength) revert InvalidOutputLength(outputLength, output.length);
        return keccak256(proof) == keccak256(bytes.concat(keccak256(abi.encode(context, input, output))));
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == 0x01ffc9a7 || interfaceId == type(IVerifiableModel).interfaceId;
    }

    function inputTensor(uint256 index) external pure override returns (TensorInfo memory) {
        revert NoSuchTensor(index);
    }

    function outputTensor(uint256 index) external pure override returns (TensorInfo memory) {
        revert NoSuchTensor(index);
    }

    function argmax(bytes calldata elements) external pure override returns (uint256 index) {
        for (uint256 i = 1; i < elements.length; ++i) if (elements[i] > elements[index]) index = i;
    }

    function dequantizeOutput(bytes calldata) external pure override returns (int256[] memory) {
        revert NoElements();
    }
}

/// A mock for committed weights.
contract MockCommittedModel is MockModel {
    bytes32 public constant weightsCommitment = bytes32(uint256(0xc0));
}
