/** Reads the official ONNX operator tests: a model of one node and its tensors. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import type { Tensor } from '../../src/ir/types.js';
import { isUnreadable } from '../../src/onnx/model.js';
import { decodeTensor } from '../../src/onnx/tensor.js';

const { ModelProto, TensorProto } = onnxProto.onnx;
const FOLDER = join(import.meta.dirname, '../../fixtures/onnx-node');

export interface ConformanceCase {
  /** The model, with all inputs but the first made initializers. */
  readonly model: Uint8Array;
  readonly input: Tensor;
  readonly output: Tensor;
}

export function readConformanceCase(name: string): ConformanceCase {
  const data = join(FOLDER, name, 'test_data_set_0');
  const model = ModelProto.decode(readFileSync(join(FOLDER, name, 'model.onnx')));
  const tensor = (file: string): InstanceType<typeof TensorProto> => TensorProto.decode(readFileSync(join(data, file)));
  const inputs = model.graph!.input!;
  const files = readdirSync(data).filter((file) => file.startsWith('input_'));
  model.graph!.initializer = files.slice(1).map((_, i) => {
    const proto = tensor(`input_${i + 1}.pb`);
    proto.name = inputs[i + 1]!.name!;
    return proto;
  });
  return {
    model: ModelProto.encode(model).finish(),
    input: readable(decodeTensor(tensor('input_0.pb'))),
    output: readable(decodeTensor(tensor('output_0.pb'))),
  };
}

/** The bytes of a test's model, as they are. */
export function readConformanceModel(name: string): Uint8Array {
  return readFileSync(join(FOLDER, name, 'model.onnx'));
}

function readable(tensor: ReturnType<typeof decodeTensor>): Tensor {
  if (isUnreadable(tensor)) throw new Error(tensor.unreadable);
  return tensor;
}
