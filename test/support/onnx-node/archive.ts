/** The official ONNX operator tests of fixtures/onnx-node: a model, most often of one node, and tensors that go with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import type { Tensor } from '../../../src/ir/types.js';
import { isUnreadable } from '../../../src/onnx/model.js';
import { decodeTensor } from '../../../src/onnx/tensor.js';

const { ModelProto, TensorProto } = onnxProto.onnx;
const FOLDER = join(import.meta.dirname, '../../../fixtures/onnx-node');

/** Names of all tests that matter to quantized inference, those too large for the archive included. */
export const CORE_TESTS: readonly string[] = readFileSync(join(FOLDER, 'CORE.txt'), 'utf8').trim().split('\n');

let archive: Record<string, Uint8Array> | undefined;
function files(): Record<string, Uint8Array> {
  archive ??= unzipSync(new Uint8Array(readFileSync(join(FOLDER, 'core.zip'))));
  return archive;
}

export class NodeTest {
  constructor(readonly name: string) {}

  get isStored(): boolean {
    return Object.hasOwn(files(), `${this.name}/model.onnx`);
  }

  /** The model's bytes as they are. */
  get bytes(): Uint8Array {
    return files()[`${this.name}/model.onnx`]!;
  }

  /** A fresh copy of the model, to be changed at will. */
  model(): onnx.ModelProto {
    return ModelProto.decode(this.bytes);
  }

  /** Contents of the graph inputs by name. Throws Unadaptable for types that zkinfer does not have. */
  inputs(): Map<string, Tensor> {
    return this.tensors('input', this.model().graph!.input!);
  }

  /** The expected graph outputs by name. Throws Unadaptable for types that zkinfer does not have. */
  outputs(): Map<string, Tensor> {
    return this.tensors('output', this.model().graph!.output!);
  }

  private tensors(kind: 'input' | 'output', values: readonly onnx.IValueInfoProto[]): Map<string, Tensor> {
    return new Map(
      values.map((value, i) => {
        if (!value.type?.tensorType) throw new Unadaptable(`${value.name} is not a tensor`);
        const tensor = decodeTensor(TensorProto.decode(files()[`${this.name}/test_data_set_0/${kind}_${i}.pb`]!));
        if (isUnreadable(tensor)) throw new Unadaptable(`${kind} ${value.name}: ${tensor.unreadable}`);
        return [value.name!, tensor];
      }),
    );
  }
}

/** A test cannot be put in a form in which it says something of a quantized operator. */
export class Unadaptable extends Error {}
