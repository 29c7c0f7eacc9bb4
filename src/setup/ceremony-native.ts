/** Ceremonies in native code: native/ceremony. */

import { availableParallelism } from 'node:os';
import { ZkinferError } from '../errors.js';
import type { NativeAddon, NativeOperation } from '../native/addon.js';
import { requireNative } from '../native/load.js';
import { nativeError, runNative } from '../native/work.js';
import type { Ceremony, CeremonyOptions } from './ceremony.js';
import { refusedDevelopmentKey } from './contributions.js';

/** Stages by the numbers that native/ceremony gives them. */
const PTAU_STAGES = ['making tables', 'making points', 'hashing ptau file'];
const KEY_STAGES = ['reading constraints', 'making key from ptau', 'hashing key'];
const CONTRIBUTE_STAGES = ['hashing beacon', 'copying key', 'contributing'];
const VERIFY_STAGES = [...KEY_STAGES, 'comparing keys', 'checking sums', 'hashing beacon'];
const VERIFY_PTAU_STAGES = [
  'checking contributions',
  'checking powers',
  'checking Lagrange points',
  'hashing ptau file',
];

export const nativeCeremony: Ceremony = {
  makePtau: (power, path, options) =>
    work('developmentPtau', PTAU_STAGES, { ptau: path }, options, (addon, threads, control) =>
      addon.developmentPtau(power, path, path, threads, control),
    ),
  makeInitialKey: ({ r1cs, ptau, zkey }, options) =>
    work('initialKey', KEY_STAGES, { r1cs, ptau, key: zkey }, options, (addon, threads, control) =>
      addon.initialKey(r1cs, ptau, zkey, zkey, threads, control),
    ),
  contribute: async ({ from, to }, { name = '', beacon }, options) => {
    const value = Buffer.from(beacon?.value ?? '', 'hex');
    const exponent = beacon?.iterationsExponent ?? 0;
    const hash = await work('contribute', CONTRIBUTE_STAGES, { key: from }, options, (addon, threads, control) =>
      addon.contribute(from, to, to, name, value, exponent, threads, control),
    );
    return Buffer.from(hash).toString('hex');
  },
  verify: async ({ r1cs, ptau, zkey, scratch }, options) => {
    const wrong = await work(
      'verifyKey',
      VERIFY_STAGES,
      { r1cs, ptau, key: zkey },
      options,
      (addon, threads, control) => addon.verifyKey(r1cs, ptau, zkey, scratch, threads, control),
    );
    return wrong === '' ? undefined : wrong;
  },
  verifyPtau: async (path, options) => {
    const wrong = await work('verifyPtau', VERIFY_PTAU_STAGES, { ptau: path }, options, (addon, threads, control) =>
      addon.verifyPtau(path, threads, control),
    );
    return wrong === '' ? undefined : wrong;
  },
};

type Files = Readonly<Partial<Record<'r1cs' | 'ptau' | 'key', string>>>;

function work<T>(
  operation: NativeOperation,
  stages: readonly string[],
  files: Files,
  options: CeremonyOptions,
  run: (addon: NativeAddon, threads: number, control: Int32Array) => Promise<T>,
): Promise<T> {
  const addon = requireNative(operation);
  const threads = options.threads ?? Math.min(16, availableParallelism());
  return runNative(
    {
      stages,
      run: (control) =>
        run(addon, threads, control).catch((error: unknown) => {
          throw located(nativeError(error), files);
        }),
    },
    options,
  );
}

/** Says which file an error of the addon is about: its message begins with the path, or ends with it. */
function located(error: ZkinferError, files: Files): ZkinferError {
  const { code, message, cause } = error;
  if (code === 'KEY_UNSAFE') return refusedDevelopmentKey();
  for (const [kind, path] of Object.entries(files)) {
    const location = { file: path };
    if (message.startsWith(`${path}: `)) {
      const what = message.slice(path.length + 2);
      return new ZkinferError(code, `the ${kind} file is damaged: ${what}`, { cause, location });
    }
    if (message.includes(path)) return new ZkinferError(code, message, { cause, location });
  }
  return error;
}
