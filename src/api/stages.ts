import { ZkinferError } from '../errors.js';
import { dumpGraph } from '../ir/dump.js';
import { importModel } from '../onnx/import.js';
import { PASS_NAMES, runPasses } from '../passes/index.js';
import type { PassOptions } from '../passes/index.js';
import type { TargetOptions } from './target.js';
import { circuitTarget } from './target.js';

/** Stages of the compiler that `--stop-after` can name, in order. */
export const STAGES: readonly string[] = ['import', ...PASS_NAMES, 'plan', 'emit'];

/**
 * Text of the compiler's product after one stage: stable, for reading and for diffing.
 * @throws USAGE for an unknown stage; whatever the stages before it throw
 */
export function dumpStage(model: Uint8Array, stage: string, options: TargetOptions & PassOptions): string {
  if (!STAGES.includes(stage)) {
    throw new ZkinferError('USAGE', `there is no stage ${stage}`, { hint: `stages: ${STAGES.join(', ')}` });
  }
  const imported = importModel(model);
  if (stage === 'import') return dumpGraph(imported);
  if (PASS_NAMES.includes(stage)) return dumpGraph(runPasses(imported, { ...options, stopAfter: stage }));
  const target = circuitTarget(runPasses(imported, options), options);
  return stage === 'plan' ? target.dump() : target.emit();
}
