/**
 * Trains the architecture of fixtures/digits-mlp anew, from another seed, and quantizes it as that fixture's qdq-s8s8-pc variant is: int8
 * weights per output channel, int8 activations. Deterministic: the same data and seed give the same file.
 *
 *   node scripts/train-digits-mlp.mjs DIGITS.csv[.gz] OUT.onnx [SEED]
 *
 * DIGITS.csv is scikit-learn's digits data set (sklearn/datasets/data/digits.csv.gz): 64 values 0..16 and a label per line.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import onnxProto from 'onnx-proto';

const [INPUTS, HIDDEN, CLASSES] = [64, 32, 10];
const [EPOCHS, BATCH, RATE, TEST] = [30, 16, 0.1, 500];

const [path, out, seed = '1'] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: train-digits-mlp.mjs DIGITS.csv[.gz] OUT.onnx [SEED]');

const random = generator(Number(seed));
const samples = readSamples(path);
const training = samples.slice(0, -TEST);
const layers = [newLayer(INPUTS, HIDDEN), newLayer(HIDDEN, CLASSES)];
for (let epoch = 0; epoch < EPOCHS; epoch++) trainEpoch(RATE / (1 + epoch / 10));
writeFileSync(out, encode());
const right = samples.slice(-TEST).filter(({ x, label }) => argmax(forward(x).at(-1)) === label).length;
console.log(`float accuracy ${(right / TEST).toFixed(4)} on ${TEST} test samples`);

/** mulberry32 */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function readSamples(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const values = line.split(',').map(Number);
      return { x: values.slice(0, INPUTS).map((value) => value / 16), label: values[INPUTS] };
    });
}

function newLayer(inputs, outputs) {
  const bound = Math.sqrt(6 / inputs);
  const weights = Array.from({ length: outputs }, () =>
    Array.from({ length: inputs }, () => (2 * random() - 1) * bound),
  );
  return { weights, bias: Array(outputs).fill(0) };
}

function argmax(values) {
  return values.indexOf(Math.max(...values));
}

/** Input, hidden activations, logits. */
function forward(x) {
  const sum = ({ weights, bias }, input) => weights.map((row, m) => row.reduce((s, w, k) => s + w * input[k], bias[m]));
  const hidden = sum(layers[0], x).map((value) => Math.max(value, 0));
  return [x, hidden, sum(layers[1], hidden)];
}

/** Stochastic gradient descent on the cross entropy. */
function trainEpoch(rate) {
  const order = training.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  for (let start = 0; start < order.length; start += BATCH) {
    const gradients = layers.map(({ weights, bias }) => ({
      weights: weights.map((row) => row.map(() => 0)),
      bias: bias.map(() => 0),
    }));
    for (const i of order.slice(start, start + BATCH)) addGradient(gradients, training[i]);
    layers.forEach((layer, l) => {
      layer.bias.forEach((_, m) => (layer.bias[m] -= (rate / BATCH) * gradients[l].bias[m]));
      layer.weights.forEach((row, m) => row.forEach((_, k) => (row[k] -= (rate / BATCH) * gradients[l].weights[m][k])));
    });
  }
}

function addGradient(gradients, { x, label }) {
  const [input, hidden, logits] = forward(x);
  const most = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - most));
  const total = powers.reduce((a, b) => a + b, 0);
  const top = powers.map((power, m) => power / total - (m === label ? 1 : 0));
  const bottom = hidden.map((value, k) =>
    value > 0 ? top.reduce((s, d, m) => s + d * layers[1].weights[m][k], 0) : 0,
  );
  for (const [gradient, delta, source] of [
    [gradients[1], top, hidden],
    [gradients[0], bottom, input],
  ]) {
    delta.forEach((d, m) => {
      gradient.bias[m] += d;
      source.forEach((value, k) => (gradient.weights[m][k] += d * value));
    });
  }
}

/** Scale and zero point of int8 for values between two bounds, as quantize_static chooses them. */
function parameters(values) {
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const scale = Math.fround((most - least) / 255);
  return { scale, zeroPoint: Math.round(-128 - least / scale) };
}

function encode() {
  const passes = training.slice(0, 100).map(({ x }) => forward(x));
  const tensors = [0, 1, 2].map((place) => parameters(passes.flatMap((pass) => pass[place])));
  const names = ['input', 'hidden', 'output'];
  const [nodes, initializers] = [[], []];
  const constant = (name, dataType, dims, data) => {
    const field = dataType === 1 ? { floatData: data } : { int32Data: data };
    initializers.push({ name, dataType, dims, ...field });
    return name;
  };
  const node = (opType, name, input, output, attribute = []) => {
    nodes.push({ opType, name, input, output: [output], attribute });
    return output;
  };
  const integer = (name, i) => ({ name, type: 2, i });
  const quantization = (t) => [
    constant(`${names[t]}_scale`, 1, [], [tensors[t].scale]),
    constant(`${names[t]}_zero_point`, 3, [], [tensors[t].zeroPoint]),
  ];
  const quantized = (t, from) => {
    const scale = quantization(t);
    const q = node('QuantizeLinear', `${names[t]}_QuantizeLinear`, [from, ...scale], `${names[t]}_quantized`);
    const to = t === 2 ? 'output' : `${names[t]}_dequantized`;
    return node('DequantizeLinear', `${names[t]}_DequantizeLinear`, [q, ...scale], to);
  };
  const dequantizedConstant = (name, type, dims, data, scales) => {
    const scale = constant(`${name}_scale`, 1, [scales.length], scales);
    const zero = constant(
      `${name}_zero_point`,
      type,
      [scales.length],
      scales.map(() => 0),
    );
    const q = constant(`${name}_quantized`, type, dims, data);
    return node('DequantizeLinear', `${name}_DequantizeLinear`, [q, scale, zero], name, [integer('axis', 0)]);
  };
  let value = quantized(0, 'input');
  layers.forEach(({ weights, bias }, l) => {
    const scales = weights.map((row) => Math.fround(Math.max(...row.map(Math.abs)) / 127));
    const clamp = (x) => Math.min(Math.max(Math.round(x), -127), 127);
    const data = weights.flatMap((row, m) => row.map((w) => clamp(w / scales[m])));
    const w = dequantizedConstant(`${l}.weight`, 3, [weights.length, weights[0].length], data, scales);
    const biasScales = scales.map((scale) => Math.fround(scale * tensors[l].scale));
    const b = dequantizedConstant(
      `${l}.bias`,
      6,
      [bias.length],
      bias.map((x, m) => Math.round(x / biasScales[m])),
      biasScales,
    );
    const sum = node('Gemm', `${l}/Gemm`, [value, w, b], `${l}.sum`, [integer('transB', 1)]);
    value = quantized(l + 1, l === 0 ? node('Relu', 'Relu', [sum], 'relu') : sum);
  });
  const tensor = (name, size) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, { dimValue: size }] } } },
  });
  const { ModelProto } = onnxProto.onnx;
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 7,
      opsetImport: [{ domain: '', version: 13 }],
      graph: {
        name: 'digits-mlp',
        node: nodes,
        initializer: initializers,
        input: [tensor('input', INPUTS)],
        output: [tensor('output', CLASSES)],
      },
    }),
  ).finish();
}
