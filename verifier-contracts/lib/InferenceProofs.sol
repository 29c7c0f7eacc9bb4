// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IVerifiableModel} from "../interfaces/IVerifiableModel.sol";

/// @title Checks Groth16 proofs of zkinfer's statements
/// @notice What the proofs state, to the byte, is defined in zkinfer's docs/statement.md.
/// @dev A key and what it is for is a record of 800 bytes in memory, of 32-byte words; points of G2 in the order of EIP-197:
///
///   0x000 IC_c        0x040 IC_r        0x080 IC_s        0x0c0 commitment of the weights, or zero
///   0x0e0 -alpha      0x120 beta
///   0x1a0 IC_0        0x1e0 -gamma
///   0x260 modelId     0x280 layout      0x2a0 -delta
///
/// From 0x0e0 on these are pairs as the pairing precompile takes them, once the sum vk_x stands where IC_0 is, and the point C of a
/// proof where modelId and layout are; the pairs (A, B) of proofs follow the record. Checking a proof uses the record up.
///
/// The layout, from the lowest bit: 32 bits length of `input` in bytes, 32 bits length of `output`, one bit each for: input committed,
/// output committed, weights committed, int8 input, int8 output, development key. Then zeros, and the version 1 in the highest byte.
///
/// A record lies at the free memory pointer, without being allocated, and so does all that follows it: nobody may allocate memory
/// between writing a record and the end of the check.
library InferenceProofs {
    uint256 internal constant RECORD_LENGTH = 0x320;
    uint256 internal constant PROOF_LENGTH = 288;

    uint256 internal constant INPUT_COMMITTED = 1 << 64;
    uint256 internal constant OUTPUT_COMMITTED = 1 << 65;
    uint256 internal constant WEIGHTS_COMMITTED = 1 << 66;
    uint256 internal constant INPUT_INT8 = 1 << 67;
    uint256 internal constant OUTPUT_INT8 = 1 << 68;
    uint256 internal constant DEVELOPMENT_KEY = 1 << 69;

    /// @dev keccak256("zkinfer/statement/1")
    uint256 private constant STATEMENT_DOMAIN = 0xf59a863d1d24c92c1c4ea8f25030b1008e0b5f04ee9eb5187aeeb21508e956fc;
    /// @dev Order of the scalar field of BN254.
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// @dev 128 in each of the 31 bytes of a packed element.
    uint256 private constant BIAS = 0x0080808080808080808080808080808080808080808080808080808080808080;
    /// @dev The error InsufficientGas() as a word.
    uint256 private constant INSUFFICIENT_GAS = 0x1c26714c00000000000000000000000000000000000000000000000000000000;
    /// @dev Twice what the pairing of four pairs costs, 45,000 + 4 * 34,000 (EIP-1108): contracts outlive a moderate repricing, and a
    /// failing precompile, which takes all it is given, cannot take more.
    uint256 private constant PAIRING_GAS = 362000;
    uint256 private constant EC_ADD = 0x06;
    uint256 private constant EC_MUL = 0x07;
    uint256 private constant EC_PAIRING = 0x08;

    /// @dev Whether the proof shows the statement. Reverts where a length is not that of the layout.
    function verify(
        uint256 record,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) internal view returns (bool) {
        checkLengths(record, 1, input.length, output.length, proof.length);
        uint256 inputAt;
        uint256 outputAt;
        uint256 proofAt;
        assembly ("memory-safe") {
            inputAt := input.offset
            outputAt := output.offset
            proofAt := proof.offset
        }
        return check(record, context, inputAt, outputAt, proofAt);
    }

    /// @dev Reverts unless the lengths are those of so many statements.
    function checkLengths(
        uint256 record,
        uint256 count,
        uint256 inputLength,
        uint256 outputLength,
        uint256 proofLength
    ) internal pure {
        uint256 layoutWord = layoutOf(record);
        unchecked {
            uint256 expected = count * (layoutWord & 0xffffffff);
            if (inputLength != expected) revert IVerifiableModel.InvalidInputLength(expected, inputLength);
            expected = count * ((layoutWord >> 32) & 0xffffffff);
            if (outputLength != expected) revert IVerifiableModel.InvalidOutputLength(expected, outputLength);
            expected = count * PROOF_LENGTH;
            if (proofLength != expected) revert IVerifiableModel.InvalidProofLength(expected, proofLength);
        }
    }

    function layoutOf(uint256 record) internal pure returns (uint256 layoutWord) {
        assembly ("memory-safe") {
            layoutWord := mload(add(record, 0x280))
        }
    }

    /// @dev Whether the proof shows the statement; the parts are given by where they start in the calldata, their lengths are right.
    function check(
        uint256 record,
        bytes32 context,
        uint256 inputAt,
        uint256 outputAt,
        uint256 proofAt
    ) internal view returns (bool) {
        uint256 c;
        assembly ("memory-safe") {
            c := calldataload(proofAt)
        }
        (bool canonical, uint256 r, uint256 s) = signals(record, record + RECORD_LENGTH, context, inputAt, outputAt, c);
        return canonical && _pairing(record, proofAt, c, r, s);
    }

    /// @dev Computes the public signals r and s of the statement, of which c is the first.
    /// @param scratch where memory may be overwritten
    /// @return canonical whether c and the commitments are below the field's order
    function signals(
        uint256 record,
        uint256 scratch,
        bytes32 context,
        uint256 inputAt,
        uint256 outputAt,
        uint256 c
    ) internal pure returns (bool canonical, uint256 r, uint256 s) {
        assembly ("memory-safe") {
            /// Packs bytes of calldata to field elements, 31 to one, the last one of what is left; `bias` is for whole elements.
            function pack(to, from, length, bias) -> end {
                let rest := mod(length, 31)
                let whole := sub(add(from, length), rest)
                // Eight at a time, then one at a time.
                for {
                    let eights := sub(whole, mod(sub(whole, from), 248))
                } lt(from, eights) {} {
                    mstore(to, xor(shr(8, calldataload(from)), bias))
                    mstore(add(to, 0x20), xor(shr(8, calldataload(add(from, 31))), bias))
                    mstore(add(to, 0x40), xor(shr(8, calldataload(add(from, 62))), bias))
                    mstore(add(to, 0x60), xor(shr(8, calldataload(add(from, 93))), bias))
                    mstore(add(to, 0x80), xor(shr(8, calldataload(add(from, 124))), bias))
                    mstore(add(to, 0xa0), xor(shr(8, calldataload(add(from, 155))), bias))
                    mstore(add(to, 0xc0), xor(shr(8, calldataload(add(from, 186))), bias))
                    mstore(add(to, 0xe0), xor(shr(8, calldataload(add(from, 217))), bias))
                    to := add(to, 0x100)
                    from := add(from, 248)
                }
                for {} lt(from, whole) {} {
                    mstore(to, xor(shr(8, calldataload(from)), bias))
                    to := add(to, 0x20)
                    from := add(from, 31)
                }
                if rest {
                    let group := shr(shl(3, sub(32, rest)), calldataload(from))
                    mstore(to, xor(group, shr(shl(3, sub(31, rest)), bias)))
                    to := add(to, 0x20)
                }
                end := to
            }

            // domain || modelId || context || C || e_1 || ... || e_n
            mstore(scratch, STATEMENT_DOMAIN)
            mstore(add(scratch, 0x20), mload(add(record, 0x260)))
            mstore(add(scratch, 0x40), context)
            mstore(add(scratch, 0x60), c)
            canonical := lt(c, FIELD)
            let layoutWord := mload(add(record, 0x280))
            let to := add(scratch, 0x80)
            if and(layoutWord, INPUT_COMMITTED) {
                let commitment := calldataload(inputAt)
                canonical := and(canonical, lt(commitment, FIELD))
                mstore(to, commitment)
                to := add(to, 0x20)
            }
            if and(layoutWord, OUTPUT_COMMITTED) {
                let commitment := calldataload(outputAt)
                canonical := and(canonical, lt(commitment, FIELD))
                mstore(to, commitment)
                to := add(to, 0x20)
            }
            if and(layoutWord, WEIGHTS_COMMITTED) {
                mstore(to, mload(add(record, 0xc0)))
                to := add(to, 0x20)
            }
            if iszero(and(layoutWord, INPUT_COMMITTED)) {
                to := pack(
                    to,
                    inputAt,
                    and(layoutWord, 0xffffffff),
                    mul(BIAS, iszero(iszero(and(layoutWord, INPUT_INT8))))
                )
            }
            if iszero(and(layoutWord, OUTPUT_COMMITTED)) {
                let length := and(shr(32, layoutWord), 0xffffffff)
                to := pack(to, outputAt, length, mul(BIAS, iszero(iszero(and(layoutWord, OUTPUT_INT8)))))
            }
            r := mod(keccak256(scratch, sub(to, scratch)), FIELD)

            // Horner's rule from e_n down to e_1. The sums cannot overflow: both terms are below 2^254.
            let first := add(scratch, 0x80)
            for {
                let eights := sub(to, mod(sub(to, first), 0x100))
            } gt(to, eights) {} {
                to := sub(to, 0x20)
                s := mulmod(add(s, mload(to)), r, FIELD)
            }
            for {} gt(to, first) {} {
                s := mulmod(add(s, mload(sub(to, 0x20))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0x40))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0x60))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0x80))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0xa0))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0xc0))), r, FIELD)
                s := mulmod(add(s, mload(sub(to, 0xe0))), r, FIELD)
                to := sub(to, 0x100)
                s := mulmod(add(s, mload(to)), r, FIELD)
            }
        }
    }

    /// @dev Whether e(-alpha, beta) * e(vk_x, -gamma) * e(C, -delta) * e(A, B) = 1 with vk_x = IC_0 + c*IC_c + r*IC_r + s*IC_s.
    /// Points that are not on their curve, not in their group, or not canonical, make the pairing precompile fail: false.
    function _pairing(
        uint256 record,
        uint256 proofAt,
        uint256 c,
        uint256 r,
        uint256 s
    ) private view returns (bool valid) {
        assembly ("memory-safe") {
            /// Adds scalar * point to the point at sum. The scalar is written behind the point, the product behind the sum.
            function addProduct(sum, point, scalar, to) {
                mstore(add(point, 0x40), scalar)
                let done := staticcall(gas(), EC_MUL, point, 0x60, add(sum, 0x40), 0x40)
                done := and(staticcall(gas(), EC_ADD, sum, 0x80, to, 0x40), done)
                // The key's points are on the curve, so only a lack of gas can fail.
                if iszero(done) {
                    revertInsufficientGas()
                }
            }
            function revertInsufficientGas() {
                mstore(0x00, INSUFFICIENT_GAS)
                revert(0x00, 0x04)
            }
            // A scalar overwrites what stands behind its point, which has done its service by then.
            let sum := add(record, 0x320)
            mstore(sum, mload(add(record, 0x1a0)))
            mstore(add(sum, 0x20), mload(add(record, 0x1c0)))
            addProduct(sum, add(record, 0x80), s, sum)
            addProduct(sum, add(record, 0x40), r, sum)
            addProduct(sum, record, c, add(record, 0x1a0))
            calldatacopy(add(record, 0x260), add(proofAt, 0xe0), 0x40)
            calldatacopy(add(record, 0x320), add(proofAt, 0x20), 0xc0)

            let done := staticcall(PAIRING_GAS, EC_PAIRING, add(record, 0xe0), 0x300, 0x00, 0x20)
            valid := and(and(done, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
            // A failing precompile takes all it was given. It only speaks about the proof if that was all it was meant to have: then at
            // least a 64th of the gas before the call is left (EIP-150).
            if iszero(done) {
                if lt(gas(), div(PAIRING_GAS, 62)) {
                    revertInsufficientGas()
                }
            }
        }
    }
}
