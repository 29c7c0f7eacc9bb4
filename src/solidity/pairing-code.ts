/** Solidity that checks Groth16's pairing equation with the precompiles of EIP-196 and EIP-197. */

import { word } from './literals.js';
import type { ContractKey, G1Point, G2Point } from './key.js';

const IC_NAMES = ['ZERO', 'C', 'R', 'S'] as const;

/** The verification key as private constants. */
export function keyConstants(key: ContractKey): string {
  return [
    ...g1Constants('NEG_ALPHA', key.negAlpha),
    ...g2Constants('BETA', key.beta),
    ...g2Constants('NEG_GAMMA', key.negGamma),
    ...g2Constants('NEG_DELTA', key.negDelta),
    ...key.ic.flatMap((point, i) => g1Constants(`IC_${IC_NAMES[i]}`, point)),
  ].join('\n');
}

function g1Constants(name: string, point: G1Point): string[] {
  return [constant(`${name}_X`, point.x), constant(`${name}_Y`, point.y)];
}

function g2Constants(name: string, point: G2Point): string[] {
  return [
    constant(`${name}_X1`, point.x[1]),
    constant(`${name}_X0`, point.x[0]),
    constant(`${name}_Y1`, point.y[1]),
    constant(`${name}_Y0`, point.y[0]),
  ];
}

function constant(name: string, value: bigint): string {
  return `    uint256 private constant ${name} = ${word(value)};`;
}

/** The function `_pairing`, which does not depend on the model but for its constants. */
export function pairingFunction(): string {
  return `
    /// @dev Whether e(A, B) * e(-alpha, beta) * e(vk_x, -gamma) * e(C, -delta) = 1 with vk_x = IC_0 + c*IC_c + r*IC_r + s*IC_s.
    /// Points that are not on their curve, or not canonical, make the pairing precompile fail, which counts as false.
    function _pairing(bytes calldata proof, uint256 c, uint256 r, uint256 s) internal view returns (bool valid) {
        assembly ("memory-safe") {
            /// Adds scalar * (x, y) to the point at sum. The three words after the point are overwritten.
            function addProduct(sum, x, y, scalar) {
                let product := add(sum, 0x40)
                mstore(product, x)
                mstore(add(product, 0x20), y)
                mstore(add(product, 0x40), scalar)
                let done := staticcall(gas(), EC_MUL, product, 0x60, product, 0x40)
                done := and(done, staticcall(gas(), EC_ADD, sum, 0x80, sum, 0x40))
                // The key's points are on the curve, so only a lack of gas can fail.
                if iszero(done) { revertInsufficientGas() }
            }
            function revertInsufficientGas() {
                mstore(0x00, INSUFFICIENT_GAS)
                revert(0x00, 0x04)
            }
            function storeG2(at, x1, x0, y1, y0) {
                mstore(at, x1)
                mstore(add(at, 0x20), x0)
                mstore(add(at, 0x40), y1)
                mstore(add(at, 0x60), y0)
            }
            let pairs := mload(0x40)
            calldatacopy(pairs, add(proof.offset, 0x20), 0xc0)
            mstore(add(pairs, 0xc0), NEG_ALPHA_X)
            mstore(add(pairs, 0xe0), NEG_ALPHA_Y)
            storeG2(add(pairs, 0x100), BETA_X1, BETA_X0, BETA_Y1, BETA_Y0)
            let vkX := add(pairs, 0x180)
            mstore(vkX, IC_ZERO_X)
            mstore(add(vkX, 0x20), IC_ZERO_Y)
            addProduct(vkX, IC_C_X, IC_C_Y, c)
            addProduct(vkX, IC_R_X, IC_R_Y, r)
            addProduct(vkX, IC_S_X, IC_S_Y, s)
            storeG2(add(pairs, 0x1c0), NEG_GAMMA_X1, NEG_GAMMA_X0, NEG_GAMMA_Y1, NEG_GAMMA_Y0)
            calldatacopy(add(pairs, 0x240), add(proof.offset, 0xe0), 0x40)
            storeG2(add(pairs, 0x280), NEG_DELTA_X1, NEG_DELTA_X0, NEG_DELTA_Y1, NEG_DELTA_Y0)

            let forwardable := sub(gas(), shr(6, gas()))
            let done := staticcall(PAIRING_GAS, EC_PAIRING, pairs, 0x300, 0x00, 0x20)
            valid := and(and(done, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
            // A failing precompile takes all it was given. It only speaks about the proof if that was enough to succeed.
            if iszero(done) {
                if lt(forwardable, PAIRING_GAS) { revertInsufficientGas() }
            }
        }
    }`.slice(1);
}
