/** What makes a verification key one that no contract may be made from. */
import type { VerificationKey } from '../../src/artifacts/types.js';
import { pointOutsideSubgroup, Q } from './bn254.js';

type G2Text = VerificationKey['vk_beta_2'];

const INFINITY_G1 = ['0', '1', '0'];
const INFINITY_G2 = [
  ['0', '0'],
  ['1', '0'],
  ['0', '0'],
];
/** Infinity as it is in the bytes of precompiles. */
const ZERO_G1 = ['0', '0', '1'];

/** Replaces the y coordinate by one off the curve. */
const offCurve = (point: readonly string[]): string[] => [point[0] as string, '3', '1'];

const negated = ([x, y, z]: G2Text): string[][] => [
  [...x!],
  y!.map((coordinate) => String((Q - BigInt(coordinate)) % Q)),
  [...z!],
];

/** Changes of a safe key, by what they are. Export refuses all of them with KEY_UNSAFE, whatever is allowed. */
export function unsafeChanges(key: VerificationKey): readonly [string, Partial<VerificationKey>][] {
  const swapped = [key.vk_delta_2[1], key.vk_delta_2[0], key.vk_delta_2[2]] as string[][];
  const ic = (index: number, point: string[]): Partial<VerificationKey> => ({ IC: key.IC.with(index, point) });
  return [
    ['gamma = delta', { vk_delta_2: key.vk_gamma_2 }],
    ['gamma = -delta', { vk_delta_2: negated(key.vk_gamma_2) }],
    ['beta = delta', { vk_delta_2: key.vk_beta_2 }],
    ['beta = -delta', { vk_delta_2: negated(key.vk_beta_2) }],
    ['beta = gamma', { vk_gamma_2: key.vk_beta_2 }],
    ['beta = -gamma', { vk_gamma_2: negated(key.vk_beta_2) }],
    ['alpha at infinity', { vk_alpha_1: INFINITY_G1 }],
    ['alpha of zeros', { vk_alpha_1: ZERO_G1 }],
    ['beta at infinity', { vk_beta_2: INFINITY_G2 }],
    ['gamma at infinity', { vk_gamma_2: INFINITY_G2 }],
    ['delta at infinity', { vk_delta_2: INFINITY_G2 }],
    ...[0, 1, 2, 3].map((i): [string, Partial<VerificationKey>] => [`IC ${i} at infinity`, ic(i, INFINITY_G1)]),
    ['alpha off the curve', { vk_alpha_1: offCurve(key.vk_alpha_1) }],
    ['an IC point off the curve', ic(0, offCurve(key.IC[0]!))],
    ['delta off the curve', { vk_delta_2: swapped }],
    ['another number of signals', { nPublic: 2, IC: key.IC.slice(1) }],
  ];
}

/** Changes that only arithmetic in the group shows: points of the twist outside of the group of prime order. */
export function outsideChanges(): readonly [string, Partial<VerificationKey>][] {
  const { x, y } = pointOutsideSubgroup();
  const point = [x.map(String), y.map(String), ['1', '0']];
  return [
    ['beta outside of the group', { vk_beta_2: point }],
    ['gamma outside of the group', { vk_gamma_2: point }],
    ['delta outside of the group', { vk_delta_2: point }],
  ];
}
