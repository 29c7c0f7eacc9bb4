/** Amounts of ether as people write them. */

import { formatEther, parseUnits } from 'ethers';
import { ZkinferError } from '../errors.js';

/** Wei per unit is 10 to the power of this. */
const UNITS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, ether: 18, eth: 18, '': 18 };

/**
 * Wei of `0.05`, `0.05 ether`, `20gwei` or `7wei`.
 * @throws USAGE
 */
export function parseAmount(text: string, what = 'the amount'): bigint {
  const [, number = '', unit = ''] = /^(\d{1,30}(?:\.\d{1,18})?) *([a-z]*)$/.exec(text.trim()) ?? [];
  const decimals = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (number === '' || decimals === undefined) throw refused(what);
  try {
    return parseUnits(number, decimals);
  } catch {
    throw refused(what);
  }
}

function refused(what: string): ZkinferError {
  return new ZkinferError('USAGE', `${what} is not an amount of ether`, {
    hint: 'write 0.05 for ether, or 20gwei, or 7wei',
  });
}

/** In ether, without trailing zeros. */
export function formatAmount(wei: bigint): string {
  return `${formatEther(wei).replace(/\.0$/, '')} ether`;
}
