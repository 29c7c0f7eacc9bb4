/** From the bytes of an ONNX file to the integer dialect, with the problems of all stages at once. */
import type { Graph } from '../ir/types.js';
import { verifyGraph } from '../ir/verify.js';
import { decodeModel } from '../onnx/decode.js';
import { importPartly } from '../onnx/import.js';
import type { PassOptions } from '../passes/index.js';
import { furtherProblems, runPasses } from '../passes/index.js';

/**
 * Reads and lowers a model.
 * @param options batch: inferences in one graph
 * @throws MODEL_FORMAT for unreadable bytes; ProblemsError with everything that import and passes refuse
 */
export function lowerModel(bytes: Uint8Array, options: Pick<PassOptions, 'batch'> = {}): Graph {
  const { graph, problems } = importPartly(decodeModel(bytes));
  // In a float model every operator would be reported again.
  const float = problems.all.some(({ code }) => code === 'MODEL_NOT_QUANTIZED');
  if (problems.count > 0 && !float) for (const problem of furtherProblems(graph)) problems.add(problem);
  problems.throwIfAny();
  verifyGraph(graph);
  return runPasses(graph, options);
}
