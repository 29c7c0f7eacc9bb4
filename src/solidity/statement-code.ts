/** Solidity that computes the signals r and s of a statement from calldata (docs: statement). */

import type { StatementLayout } from '../artifacts/types.js';
import { BYTES_PER_ELEMENT, partShape, type PartName } from '../statement/elements.js';
import { word } from './literals.js';

/** Bytes of calldata that a part takes: its elements, or a commitment. */
export function partLength(layout: StatementLayout, part: PartName): number {
  return layout[part] === 'committed' ? 32 : partShape(layout, part).count;
}

/** Number n of field elements e_1..e_n. */
export function elementTotal(layout: StatementLayout): number {
  const count = (part: PartName): number =>
    layout[part] === 'committed' ? 1 : Math.ceil(partShape(layout, part).count / BYTES_PER_ELEMENT);
  return count('input') + count('output') + Number(layout.weights === 'committed');
}

/** The function `_signals`: whether C and the commitments are canonical, r, and s. */
export function signalsFunction(layout: StatementLayout): string {
  const parts: readonly PartName[] = ['input', 'output'];
  const committed = parts.filter((part) => layout[part] === 'committed');
  const open = parts.filter((part) => layout[part] === 'public');
  const weights = layout.weights === 'committed' ? [WEIGHTS_CODE] : [];
  const last = 0x60 + 32 * elementTotal(layout);
  return `
    /// @dev Computes the public signals r and s of the statement, of which c is the first.
    /// @return canonical whether c and the commitments are below the field's order
    function _signals(
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        uint256 c
    ) internal pure returns (bool canonical, uint256 r, uint256 s) {
        assembly ("memory-safe") {
            // domain || modelId || context || C || e_1 || ... || e_n
            let start := mload(0x40)
            mstore(start, STATEMENT_DOMAIN)
            mstore(add(start, 0x20), modelId)
            mstore(add(start, 0x40), context)
            mstore(add(start, 0x60), c)
            canonical := lt(c, FIELD)
            let to := add(start, 0x80)
${[...committed.map(commitmentCode), ...weights, ...open.map((part) => packingCode(layout, part))].join('\n')}
            r := mod(keccak256(start, ${hex(last + 0x20)}), FIELD)
            // Horner's rule from e_n down to e_1. The sum cannot overflow: both terms are below 2^254.
            let first := add(start, 0x60)
            for { let at := add(start, ${hex(last)}) } gt(at, first) { at := sub(at, 0x20) } {
                s := mulmod(add(s, mload(at)), r, FIELD)
            }
        }
    }`.slice(1);
}

/** The constant of the contract, below the field's order. */
const WEIGHTS_CODE = `
            mstore(to, weightsCommitment)
            to := add(to, 0x20)`.slice(1);

function commitmentCode(part: PartName): string {
  return `
            {
                let commitment := calldataload(${part}.offset)
                canonical := and(canonical, lt(commitment, FIELD))
                mstore(to, commitment)
                to := add(to, 0x20)
            }`.slice(1);
}

/** Whole groups of 31 bytes in a loop, then the shorter last group. */
function packingCode(layout: StatementLayout, part: PartName): string {
  const { dtype, count } = partShape(layout, part);
  const rest = count % BYTES_PER_ELEMENT;
  const packed = (bytes: number): string => {
    const group = `shr(${8 * (32 - bytes)}, calldataload(from))`;
    return dtype === 'int8' ? `xor(${group}, ${biasMask(bytes)})` : group;
  };
  const whole = (): string => `
                for { let end := add(from, ${count - rest}) } lt(from, end) { from := add(from, 31) } {
                    mstore(to, ${packed(BYTES_PER_ELEMENT)})
                    to := add(to, 0x20)
                }`;
  const tail = (): string => `
                mstore(to, ${packed(rest)})
                to := add(to, 0x20)`;
  return `
            // ${part}: ${count} bytes of ${dtype}, 31 to an element${dtype === 'int8' ? ', biased by 128' : ''}
            {
                let from := ${part}.offset${count >= BYTES_PER_ELEMENT ? whole() : ''}${rest > 0 ? tail() : ''}
            }`.slice(1);
}

/** 0x80 in each of the lowest `bytes` bytes. */
function biasMask(bytes: number): string {
  return word(BigInt(`0x${'80'.repeat(bytes)}`));
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
