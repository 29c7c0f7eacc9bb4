import type { Determination } from './determine.js';
export function decideCases(_state: Determination): boolean { return false; }
