/**
 * Transform of jest: swc, and a line that makes globals of the language constants of each module. Jest's global object answers each lookup
 * of `Math` through a proxy, which made arithmetic in tests some twenty times slower than outside.
 */
import swc from '@swc/jest';

const GLOBALS = [
  ...['Math', 'Number', 'BigInt', 'Array', 'Map', 'Set', 'Infinity'],
  ...['Int8Array', 'Uint8Array', 'Int16Array', 'Int32Array', 'Float32Array', 'Float64Array'],
];

const transformer = swc.createTransformer({
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'es6' },
});

/** In front of the first line, so that lines keep their numbers. */
function withConstants(output) {
  const used = GLOBALS.filter((name) => new RegExp(`\\b${name}\\b`).test(output.code));
  if (used.length === 0) return output;
  return { ...output, code: `const {${used.join(',')}}=globalThis;${output.code}` };
}

export default {
  canInstrument: transformer.canInstrument,
  process: (...args) => withConstants(transformer.process(...args)),
  processAsync: async (...args) => withConstants(await transformer.processAsync(...args)),
  getCacheKey: (...args) => `${transformer.getCacheKey(...args)}-${GLOBALS.length}`,
};
