// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IUniversalVerifier} from "./interfaces/IUniversalVerifier.sol";
import {InferenceBatches} from "./lib/InferenceBatches.sol";
import {InferenceProofs} from "./lib/InferenceProofs.sol";
import {KeyChecks} from "./lib/KeyChecks.sol";
import {KeyStore} from "./lib/KeyStore.sol";
import {ModelDescription} from "./lib/ModelDescription.sol";
import {UniversalModel} from "./UniversalModel.sol";

/// @title Checks the inferences of all models, with their verification keys as data
/// @notice See IUniversalVerifier. The contract has no owner and no storage; what is registered can be neither changed nor removed.
contract UniversalVerifier is IUniversalVerifier {
    /// @dev Keys have the salt zero. With a salt of their own no contract of `deployModel` stands where the data of a key would be.
    bytes32 private constant MODEL_SALT = keccak256("zkinfer/model/1");

    /// @notice The code that the contracts of `deployModel` share.
    address public immutable modelImplementation = address(new UniversalModel(address(this)));

    /// @inheritdoc IUniversalVerifier
    function registerKey(bytes calldata data) external returns (bytes32 keyId) {
        KeyStore.checkLength(data.length);
        bytes memory code;
        (keyId, code) = KeyStore.creationCode(data);
        address pointer = KeyStore.pointerOf(address(this), keyId);
        if (pointer.code.length != 0) return keyId;
        KeyChecks.check(data);
        ModelDescription.check(data[InferenceProofs.RECORD_LENGTH:], uint256(bytes32(data[0x280:0x2a0])));
        address created;
        assembly ("memory-safe") {
            created := create2(0, add(code, 0x20), mload(code), 0)
        }
        if (created != pointer) revert KeyNotStored();
        emit KeyRegistered(keyId, bytes32(data[0x260:0x280]), msg.sender);
    }

    /// @inheritdoc IUniversalVerifier
    function keyIdOf(bytes calldata data) external pure returns (bytes32 keyId) {
        (keyId, ) = KeyStore.creationCode(data);
    }

    /// @inheritdoc IUniversalVerifier
    function isRegistered(bytes32 keyId) public view returns (bool) {
        return KeyStore.pointerOf(address(this), keyId).code.length != 0;
    }

    /// @inheritdoc IUniversalVerifier
    function keyData(bytes32 keyId) external view returns (bytes memory data) {
        return KeyStore.read(address(this), keyId, 0);
    }

    /// @inheritdoc IUniversalVerifier
    function verifyInference(
        bytes32 keyId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (bool valid) {
        return InferenceProofs.verify(KeyStore.load(address(this), keyId), context, input, output, proof);
    }

    /// @inheritdoc IUniversalVerifier
    function verifyBatch(
        bytes32 keyId,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (bool valid) {
        uint256 record = KeyStore.load(address(this), keyId);
        return InferenceBatches.verify(record, keyId, contexts, inputs, outputs, proofs);
    }

    /// @inheritdoc IUniversalVerifier
    function firstInvalid(
        bytes32 keyId,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) external view returns (uint256 index) {
        uint256 record = KeyStore.load(address(this), keyId);
        return InferenceBatches.firstInvalid(record, contexts, inputs, outputs, proofs);
    }

    /// @inheritdoc IUniversalVerifier
    function deployModel(bytes32 keyId) external returns (address model) {
        if (!isRegistered(keyId)) revert UnknownKey(keyId);
        model = modelAddress(keyId);
        if (model.code.length != 0) return model;
        Clones.cloneDeterministicWithImmutableArgs(modelImplementation, abi.encode(keyId), MODEL_SALT);
        emit ModelDeployed(keyId, model);
    }

    /// @inheritdoc IUniversalVerifier
    function modelAddress(bytes32 keyId) public view returns (address model) {
        return Clones.predictDeterministicAddressWithImmutableArgs(modelImplementation, abi.encode(keyId), MODEL_SALT);
    }
}
