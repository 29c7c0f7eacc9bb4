/** Contributions and origins of ceremonies, for people. */
import type { CeremonyContribution, PtauOrigin } from '../index.js';

const ORIGINS: Readonly<Record<PtauOrigin, string>> = {
  hermez: 'published by the Hermez ceremony',
  development: 'for development: whoever made them can forge proofs',
  unknown: 'no published file',
};

export function originText(origin: PtauOrigin): string {
  return ORIGINS[origin];
}

/** One block for each contribution: number, name, beacon, hash. */
export function contributionLines(contributions: readonly CeremonyContribution[]): string[] {
  if (contributions.length === 0) return ['no contributions'];
  return contributions.flatMap(({ name, hash, beacon }, i) => {
    const by = name === undefined || name === '' ? 'no name' : printable(name);
    const value = beacon === undefined ? [] : [`  beacon ${beacon.value}, 2^${beacon.iterationsExponent} iterations`];
    return [`contribution ${i + 1}: ${by}`, ...value, ...hash.match(/.{64}/g)!.map((line) => `  ${line}`)];
  });
}

/** Names come from strangers: nothing in them may move the cursor or hide other text. */
function printable(name: string): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
