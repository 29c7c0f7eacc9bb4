/** Development keys in native code. */

import { availableParallelism } from 'node:os';
import { replaceFile } from '../artifacts/files.js';
import type { VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { requireNative } from '../native/load.js';
import { nativeError, runNative } from '../native/work.js';
import type { ProgressEvent } from '../progress.js';
import type { DevelopmentSecrets } from './development-secrets.js';
import type { DevelopmentOptions, SetupPaths } from './development.js';
import { littleEndian } from './section-writer.js';
import { readVerificationKey } from './zkey-points.js';

/** As native/setup/development.h numbers them. */
const STAGES = ['reading constraints', 'evaluating polynomials', 'fixed-base multiplication'] as const;

/** What the addon takes. */
const MAX_THREADS = 1024;

/**
 * Writes the proving key and gives its verification key.
 * @param secrets for tests: drawn if not given.
 * @throws as setupDevelopment; TOOL_FAILED without the addon.
 */
export async function writeNativeKey(
  paths: Pick<SetupPaths, 'r1cs' | 'zkey'>,
  options: DevelopmentOptions,
  secrets?: DevelopmentSecrets,
): Promise<VerificationKey> {
  const { signal } = options;
  const addon = requireNative('developmentKey', 'developmentKeyFromSecrets');
  const threads = Math.min(MAX_THREADS, options.threads ?? Math.min(16, availableParallelism()));
  const stages = new StageReports(options);
  await replaceFile(
    paths.zkey,
    async (temporary) => {
      const files = [paths.r1cs, temporary, paths.zkey] as const;
      const points = await runNative(
        {
          stages: STAGES,
          run: (control) =>
            (secrets === undefined
              ? addon.developmentKey(...files, threads, control)
              : addon.developmentKeyFromSecrets(...files, secretBytes(secrets), threads, control)
            ).catch((error: unknown) => {
              throw located(nativeError(error), paths);
            }),
        },
        { ...(signal === undefined ? {} : { signal }), onProgress: stages.report },
      );
      stages.end(points);
    },
    signal === undefined ? {} : { signal },
  );
  return readVerificationKey(paths.zkey);
}

/** Passes progress on, and tells in the end what went by too fast to be seen. */
class StageReports {
  readonly #seen = new Set<string>();
  readonly #onProgress: DevelopmentOptions['onProgress'];

  constructor({ onProgress }: DevelopmentOptions) {
    this.#onProgress = onProgress;
  }

  readonly report = (event: ProgressEvent): void => {
    this.#seen.add(event.stage);
    this.#onProgress?.(event);
  };

  end(points: number): void {
    for (const stage of STAGES.slice(0, -1)) if (!this.#seen.has(stage)) this.report({ stage });
    this.report({ stage: STAGES.at(-1)!, done: points, total: points });
  }
}

function secretBytes({ tau, alpha, beta, delta }: DevelopmentSecrets): Uint8Array {
  return Buffer.concat([tau, alpha, beta, delta].map((value) => littleEndian(value)));
}

/** Says which file an error of the addon is about, in the words of src/circom/r1cs.ts. */
function located(error: ZkinferError, { r1cs, zkey }: Pick<SetupPaths, 'r1cs' | 'zkey'>): ZkinferError {
  const { code, message, cause } = error;
  if (code === 'ARTIFACT_FORMAT') {
    return new ZkinferError(code, `the r1cs file is damaged: ${message}`, {
      cause,
      location: { file: r1cs },
      hint: 'make it again from the model',
    });
  }
  if (code === 'ARTIFACT_MISSING') return new ZkinferError(code, message, { cause, location: { file: r1cs } });
  if (code === 'KEY_UNSAFE') return new ZkinferError(code, message, { cause, hint: 'run setup again' });
  if (code !== 'IO') return error;
  return new ZkinferError(code, message, { cause, location: { file: message.includes(zkey) ? zkey : r1cs } });
}
