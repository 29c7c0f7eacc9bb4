import type { Determination } from './determine.js';
export function determinesLeast(_state: Determination): boolean { return false; }
