// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IUniversalVerifier} from "../interfaces/IUniversalVerifier.sol";
import {InferenceProofs} from "./InferenceProofs.sol";

/// @title Keys as the code of contracts
/// @dev The code of a key's contract is a zero byte, which is STOP, and the key's data: nothing can run there, so nothing can change it.
/// The id of a key is the hash of the code that creates the contract. With CREATE2 and salt zero this makes the contract's address a
/// function of the id and the creator, so that finding a key takes no storage.
library KeyStore {
    /// @dev PUSH1 11, CODESIZE, SUB, DUP1, PUSH1 11, PUSH0, CODECOPY, PUSH0, RETURN: makes what follows these eleven bytes the code of the
    /// contract. That begins with the zero byte.
    bytes12 private constant CREATION_PREFIX = 0x600b380380600b5f395ff300;
    /// @dev EIP-170, less the zero byte.
    uint256 private constant MAX_DATA_LENGTH = 24575;

    /// @dev The id of data, and the code that creates their contract.
    function creationCode(bytes calldata data) internal pure returns (bytes32 keyId, bytes memory code) {
        code = abi.encodePacked(CREATION_PREFIX, data);
        keyId = keccak256(code);
    }

    /// @dev Where the data of a key are, or would be, given the contract that registers keys.
    function pointerOf(address store, bytes32 keyId) internal pure returns (address pointer) {
        assembly ("memory-safe") {
            // keccak256(0xff || store || salt || keyId)
            let at := mload(0x40)
            mstore(at, or(shl(160, 0xff), store))
            mstore(add(at, 0x20), 0)
            mstore(add(at, 0x40), keyId)
            pointer := and(keccak256(add(at, 0x0b), 0x55), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    /// @dev Writes the record of a key to the free memory, without allocating it (see InferenceProofs).
    function load(address store, bytes32 keyId) internal view returns (uint256 record) {
        address pointer = pointerOf(store, keyId);
        assembly ("memory-safe") {
            record := mload(0x40)
            extcodecopy(pointer, record, 1, 0x320)
        }
        // No layout is zero.
        if (InferenceProofs.layoutOf(record) == 0) revert IUniversalVerifier.UnknownKey(keyId);
    }

    /// @dev All data of a key from an offset on.
    function read(address store, bytes32 keyId, uint256 offset) internal view returns (bytes memory data) {
        address pointer = pointerOf(store, keyId);
        uint256 size = pointer.code.length;
        if (size == 0) revert IUniversalVerifier.UnknownKey(keyId);
        data = new bytes(size - 1 - offset);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(data, 0x20), add(offset, 1), mload(data))
        }
    }

    /// @dev Reverts for lengths that no key has.
    function checkLength(uint256 length) internal pure {
        if (length < InferenceProofs.RECORD_LENGTH || length > MAX_DATA_LENGTH) {
            revert IUniversalVerifier.InvalidKeyLength(length);
        }
    }
}
