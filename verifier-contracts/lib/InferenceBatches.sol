// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {InferenceProofs} from "./InferenceProofs.sol";

/// @title Checks batches of Groth16 proofs of zkinfer's statements, all of one key
/// @dev The equation of proof i is E_i = 1 with E_i = e(A_i, B_i) * e(-alpha, beta) * e(vk_i, -gamma) * e(C_i, -delta). Checked is that the
/// product of the E_i^(w^i) is 1, for a number w below the order of the groups that depends on all statements and proofs:
///
///   w = keccak256(domain || keyId || keccak256(proofs) || keccak256(r_1 || s_1 || ... || r_N || s_N)) mod p
///
/// See docs/verifiers.md for why this is as good as checking every single one.
///
/// Memory from the record on: the record; the proofs as they came, over which the pairs (w^i A_i, B_i) are written later; the signals r
/// and s of all statements; scratch.
library InferenceBatches {
    /// @dev keccak256("zkinfer/batch/1")
    uint256 private constant BATCH_DOMAIN = 0xb40dd5c9b4347a46cfa9a866d0c5b4879bbc81ca109ee24fde1467c284244105;
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// @dev The error InsufficientGas() as a word.
    uint256 private constant INSUFFICIENT_GAS = 0x1c26714c00000000000000000000000000000000000000000000000000000000;
    /// @dev Twice the prices of EIP-1108, as for single proofs.
    uint256 private constant PAIRING_BASE_GAS = 90000;
    uint256 private constant PAIR_GAS = 68000;
    uint256 private constant MUL_GAS = 12000;
    uint256 private constant ADD_GAS = 300;
    uint256 private constant EC_ADD = 0x06;
    uint256 private constant EC_MUL = 0x07;
    uint256 private constant EC_PAIRING = 0x08;

    /// @dev Whether every proof shows its statement.
    function verify(
        uint256 record,
        bytes32 keyId,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) internal view returns (bool) {
        uint256 count = contexts.length;
        if (count == 0) revert IBatchVerifier.EmptyBatch();
        InferenceProofs.checkLengths(record, count, inputs.length, outputs.length, proofs.length);
        if (!statements(record, count, _start(contexts), _start(inputs), _start(outputs), _start(proofs))) return false;
        uint256 w = challenge(record, count, _start(proofs), keyId);
        return product(record, count, _start(proofs), w);
    }

    /// @dev Index of the first proof that does not show its statement, or the number of proofs.
    function firstInvalid(
        uint256 record,
        bytes32[] calldata contexts,
        bytes calldata inputs,
        bytes calldata outputs,
        bytes calldata proofs
    ) internal view returns (uint256 index) {
        uint256 count = contexts.length;
        if (count == 0) revert IBatchVerifier.EmptyBatch();
        InferenceProofs.checkLengths(record, count, inputs.length, outputs.length, proofs.length);
        uint256 inputAt = _start(inputs);
        uint256 outputAt = _start(outputs);
        uint256 proofAt = _start(proofs);
        for (; index < count; ++index) {
            uint256 copy = _copy(record);
            if (!InferenceProofs.check(copy, contexts[index], inputAt, outputAt, proofAt)) return index;
            inputAt += inputs.length / count;
            outputAt += outputs.length / count;
            proofAt += InferenceProofs.PROOF_LENGTH;
        }
    }

    /// @dev Where bytes start in the calldata.
    function _start(bytes calldata part) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := part.offset
        }
    }

    function _start(bytes32[] calldata words) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := words.offset
        }
    }

    /// @dev A record that may be used up.
    function _copy(uint256 record) private pure returns (uint256 copy) {
        copy = record + InferenceProofs.RECORD_LENGTH;
        assembly ("memory-safe") {
            for {
                let at := record
            } lt(at, copy) {
                at := add(at, 0x20)
            } {
                mstore(add(at, 0x320), mload(at))
            }
        }
    }

    /// @dev Writes the signals r and s of all statements behind the place of the proofs.
    /// @return canonical whether every signal and commitment is below the field's order
    function statements(
        uint256 record,
        uint256 count,
        uint256 contextsAt,
        uint256 inputAt,
        uint256 outputAt,
        uint256 proofAt
    ) internal pure returns (bool canonical) {
        uint256 layoutWord = InferenceProofs.layoutOf(record);
        uint256 to = record + InferenceProofs.RECORD_LENGTH + count * InferenceProofs.PROOF_LENGTH;
        uint256 scratch = to + 64 * count;
        canonical = true;
        unchecked {
            for (; to < scratch; to += 64) {
                bytes32 context;
                uint256 c;
                assembly ("memory-safe") {
                    context := calldataload(contextsAt)
                    c := calldataload(proofAt)
                }
                (bool here, uint256 r, uint256 s) = InferenceProofs.signals(
                    record,
                    scratch,
                    context,
                    inputAt,
                    outputAt,
                    c
                );
                assembly ("memory-safe") {
                    canonical := and(canonical, here)
                    mstore(to, r)
                    mstore(add(to, 0x20), s)
                }
                contextsAt += 32;
                inputAt += layoutWord & 0xffffffff;
                outputAt += (layoutWord >> 32) & 0xffffffff;
                proofAt += InferenceProofs.PROOF_LENGTH;
            }
        }
    }

    /// @dev The number w, after `statements`.
    function challenge(
        uint256 record,
        uint256 count,
        uint256 proofsAt,
        bytes32 keyId
    ) internal pure returns (uint256 w) {
        assembly ("memory-safe") {
            let proofs := add(record, 0x320)
            let length := mul(count, 288)
            calldatacopy(proofs, proofsAt, length)
            let signals := add(proofs, length)
            let scratch := add(signals, shl(6, count))
            mstore(scratch, BATCH_DOMAIN)
            mstore(add(scratch, 0x20), keyId)
            mstore(add(scratch, 0x40), keccak256(proofs, length))
            mstore(add(scratch, 0x60), keccak256(signals, shl(6, count)))
            w := mod(keccak256(scratch, 0x80), FIELD)
        }
    }

    /// @dev Whether the product of the equations' left sides, each to the power of its weight, is 1, after `statements`.
    function product(uint256 record, uint256 count, uint256 proofAt, uint256 w) internal view returns (bool valid) {
        assembly ("memory-safe") {
            function revertInsufficientGas() {
                mstore(0x00, INSUFFICIENT_GAS)
                revert(0x00, 0x04)
            }
            /// To be asked when a precompile that was given so much gas failed: reverts unless it had all of it (see InferenceProofs).
            function requireVerdict(given) {
                if lt(gas(), div(given, 62)) {
                    revertInsufficientGas()
                }
            }
            function copyPoint(from, to) {
                mstore(to, mload(from))
                mstore(add(to, 0x20), mload(add(from, 0x20)))
            }
            /// Adds scalar * point to the point at sum; the term is made behind it. The points are known to be on the curve.
            function addProduct(sum, point, scalar) {
                let term := add(sum, 0x40)
                copyPoint(point, term)
                mstore(add(term, 0x40), scalar)
                let done := staticcall(gas(), EC_MUL, term, 0x60, term, 0x40)
                done := and(staticcall(gas(), EC_ADD, sum, 0x80, sum, 0x40), done)
                if iszero(done) {
                    revertInsufficientGas()
                }
            }

            let pair := add(record, 0x320)
            let statement := add(pair, mul(count, 288))
            let end := add(statement, shl(6, count))
            // The sum of w^i C_i, with the summands made behind it.
            let sum := end
            let summand := add(sum, 0x40)

            // The first weight is 1.
            calldatacopy(pair, add(proofAt, 0x20), 0xc0)
            calldatacopy(sum, add(proofAt, 0xe0), 0x40)
            let weights := 1
            let sumC := calldataload(proofAt)
            let sumR := mload(statement)
            let sumS := mload(add(statement, 0x20))
            let weight := 1
            valid := 1
            for {} 1 {} {
                statement := add(statement, 0x40)
                if eq(statement, end) {
                    break
                }
                proofAt := add(proofAt, 288)
                pair := add(pair, 0xc0)
                weight := mulmod(weight, w, FIELD)
                weights := addmod(weights, weight, FIELD)
                sumC := addmod(sumC, mulmod(weight, calldataload(proofAt), FIELD), FIELD)
                sumR := addmod(sumR, mulmod(weight, mload(statement), FIELD), FIELD)
                sumS := addmod(sumS, mulmod(weight, mload(add(statement, 0x20)), FIELD), FIELD)

                calldatacopy(pair, add(proofAt, 0x20), 0x40)
                mstore(add(pair, 0x40), weight)
                let done := staticcall(MUL_GAS, EC_MUL, pair, 0x60, pair, 0x40)
                calldatacopy(add(pair, 0x40), add(proofAt, 0x60), 0x80)

                calldatacopy(summand, add(proofAt, 0xe0), 0x40)
                mstore(add(summand, 0x40), weight)
                done := and(staticcall(MUL_GAS, EC_MUL, summand, 0x60, summand, 0x40), done)
                if iszero(done) {
                    requireVerdict(MUL_GAS)
                    valid := 0
                    break
                }
                // Fails where C_0 is not on the curve.
                if iszero(staticcall(ADD_GAS, EC_ADD, sum, 0x80, sum, 0x40)) {
                    requireVerdict(ADD_GAS)
                    valid := 0
                    break
                }
            }
            if valid {
                copyPoint(sum, add(record, 0x260))
                mstore(sum, 0)
                mstore(add(sum, 0x20), 0)
                addProduct(sum, add(record, 0x1a0), weights)
                addProduct(sum, record, sumC)
                addProduct(sum, add(record, 0x40), sumR)
                addProduct(sum, add(record, 0x80), sumS)
                copyPoint(sum, add(record, 0x1a0))
                mstore(sum, 0)
                mstore(add(sum, 0x20), 0)
                addProduct(sum, add(record, 0xe0), weights)
                copyPoint(sum, add(record, 0xe0))

                let given := add(PAIRING_BASE_GAS, mul(PAIR_GAS, add(count, 3)))
                let done := staticcall(given, EC_PAIRING, add(record, 0xe0), add(0x240, mul(count, 0xc0)), 0x00, 0x20)
                valid := and(and(done, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
                if iszero(done) {
                    requireVerdict(given)
                }
            }
        }
    }
}
