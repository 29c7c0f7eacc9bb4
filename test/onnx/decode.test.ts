import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { ZkinferError } from '../../src/errors.js';
import { decodeModel } from '../../src/onnx/decode.js';
import { importModel } from '../../src/onnx/import.js';
import { runPasses } from '../../src/passes/index.js';
import { ModelBuilder } from '../support/model-builder.js';
import { Random } from '../support/random.js';

const MODEL = readFileSync(join(import.meta.dirname, '../../fixtures/iris-mlp/model.qdq-s8s8-pc.onnx'));
const { ModelProto } = onnxProto.onnx;

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ZkinferError) return error.code;
    throw error;
  }
  return 'none';
}

/** The fixture with one initializer changed. */
function withInitializer(change: (tensor: Record<string, unknown>) => void): Uint8Array {
  const model = ModelProto.decode(MODEL);
  change(model.graph!.initializer![3] as unknown as Record<string, unknown>);
  return ModelProto.encode(model).finish();
}

it('reads opsets, values, initializers and attributes', () => {
  const model = decodeModel(MODEL);
  expect(model.opsets.get('')).toBe(13);
  expect(model.opsets.get('com.microsoft')).toBe(1);
  expect(model.inputs).toEqual([{ name: 'input', typeName: 'float32', dtype: 'float32', shape: [1, 4] }]);
  expect(model.outputs[0]!.shape).toEqual([1, 3]);
  const weights = model.initializers.get('0.weight_quantized')!;
  expect(weights).toMatchObject({ dtype: 'int8', shape: [16, 4] });
  const gemm = model.nodes.find((node) => node.op === 'Gemm')!;
  expect({ ...gemm.attributes }).toEqual({ alpha: 1, beta: 1, transB: 1 });
});

it('gives unnamed nodes their index and keeps symbolic dimensions', () => {
  const b = new ModelBuilder();
  b.input('x', 'float32', ['batch', 3]);
  b.node('Relu', ['x'], {}, { name: '', output: 'y' });
  b.output('y', 'float32', ['batch', 3]);
  const model = decodeModel(b.encode());
  expect(model.nodes[0]!.name).toBe('#0');
  expect(model.inputs[0]!.shape).toEqual(['batch', 3]);
});

describe('damaged files', () => {
  it.each([
    ['no bytes', new Uint8Array()],
    ['text', new TextEncoder().encode('this is not a model')],
    ['zeros', new Uint8Array(100)],
    ['an endless length', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
  ])('%s: MODEL_FORMAT', (_, bytes) => {
    expect(codeOf(() => decodeModel(bytes))).toBe('MODEL_FORMAT');
  });

  it('truncated within the graph: MODEL_FORMAT', () => {
    // What follows the graph in this file are versions of operator sets, whole fields that a model can do without.
    for (let length = 0; length < MODEL.length - 300; length += 7) {
      const bytes = MODEL.subarray(0, length);
      const code = codeOf(() => importModel(bytes));
      if (code !== 'MODEL_FORMAT') throw new Error(`${length} bytes: ${code}`);
    }
  });

  it('random changes never end in anything but an error for the user', () => {
    const random = new Random(1);
    const codes = new Set<string>();
    for (let run = 0; run < 600; run++) {
      const bytes = Uint8Array.from(MODEL);
      const changes = random.integer(1, 4);
      for (let i = 0; i < changes; i++) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      codes.add(codeOf(() => runPasses(importModel(bytes))));
    }
    expect(codes).toContain('MODEL_FORMAT');
    expect(codes).not.toContain('INTERNAL');
  });

  it('deeply nested messages do not exhaust the stack', () => {
    // NodeProto.attribute(5) -> AttributeProto.g(6) -> GraphProto.node(1) -> ..., each a length-delimited field.
    let bytes: number[] = [];
    const wrap = (field: number): void => {
      const length: number[] = [];
      for (let n = bytes.length; ; n = Math.floor(n / 128)) {
        length.push(n < 128 ? n : (n % 128) + 128);
        if (n < 128) break;
      }
      bytes = [field * 8 + 2, ...length, ...bytes];
    };
    for (let depth = 0; depth < 1500; depth++) for (const field of [5, 6, 1]) wrap(field);
    wrap(1);
    wrap(7);
    expect(codeOf(() => decodeModel(Uint8Array.from(bytes)))).toBe('MODEL_FORMAT');
  });
});

describe('tensors', () => {
  it.each([
    ['too few bytes', { rawData: Uint8Array.of(1, 2) }],
    ['a negative dimension', { dims: [-1] }],
    ['too many elements', { dims: [2 ** 20, 2 ** 20] }],
    ['dimensions beyond float64', { dims: ['9223372036854775807', '9223372036854775807'] }],
    ['too few typed elements', { dataType: 6, floatData: [], rawData: new Uint8Array(), int32Data: [1] }],
  ])('%s: MODEL_FORMAT', (_, change) => {
    const bytes = withInitializer((tensor) => Object.assign(tensor, { dims: [16] }, change));
    expect(codeOf(() => decodeModel(bytes))).toBe('MODEL_FORMAT');
  });

  it('reads raw and typed data alike', () => {
    const b = new ModelBuilder();
    b.constant('float32', [2], [0.5, -1.25], 'f');
    b.constant('int64', [2], [-(2 ** 40), 3], 'l');
    b.constant('uint8', [2], [0, 255], 'u');
    b.constant('int8', [2], [-128, 127], 'i');
    b.constant('bool', [2], [0, 1], 'b');
    b.output('y', 'float32', [1]);
    const model = ModelProto.decode(b.encode());
    const raw = {
      f: Uint8Array.of(0, 0, 0, 0x3f, 0, 0, 0xa0, 0xbf),
      l: Uint8Array.of(0, 0, 0, 0, 0, 255, 255, 255, 3, 0, 0, 0, 0, 0, 0, 0),
      u: Uint8Array.of(0, 255),
      i: Uint8Array.of(128, 127),
      b: Uint8Array.of(0, 1),
    };
    const typed = decodeModel(ModelProto.encode(model).finish()).initializers;
    for (const tensor of model.graph!.initializer!) {
      Object.assign(tensor, {
        floatData: [],
        int64Data: [],
        int32Data: [],
        rawData: raw[tensor.name as keyof typeof raw],
      });
    }
    const fromRaw = decodeModel(ModelProto.encode(model).finish()).initializers;
    expect([...fromRaw]).toEqual([...typed]);
    expect([...typed.values()].map((tensor) => ('data' in tensor ? Array.from(tensor.data, Number) : tensor))).toEqual([
      [0.5, -1.25],
      [-(2 ** 40), 3],
      [0, 255],
      [-128, 127],
      [0, 1],
    ]);
  });

  it('refuses float64 and external data only where a node uses it', () => {
    const build = (used: boolean): Uint8Array => {
      const b = new ModelBuilder();
      b.input('x', 'int8', [1, 2]);
      const weights = b.constant('float64', [2], [1, 2], 'double');
      if (used) b.node('Reshape', ['x', weights], {}, { output: 'r' });
      b.node('Identity', ['x'], {}, { output: 'y' });
      b.output('y', 'int8', [1, 2]);
      return b.encode();
    };
    expect(codeOf(() => importModel(build(false)))).toBe('none');
    expect(codeOf(() => importModel(build(true)))).toBe('MODEL_UNSUPPORTED');
    const external = withInitializer((tensor) => Object.assign(tensor, { dataLocation: 1, rawData: new Uint8Array() }));
    expect(() => importModel(external)).toThrow(/stored outside the model file/);
  });
});
