// Runs models in ONNX Runtime in a process of its own: its native module does not accept typed arrays of jest's VM contexts.
import * as ort from 'onnxruntime-node';

const OPTIONS = {
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { x64quantprecision: '1' } },
};

process.on('message', async ({ id, model, feeds }) => {
  try {
    const session = await ort.InferenceSession.create(Uint8Array.from(model), OPTIONS);
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { type, data, shape }]) => [
        name,
        new ort.Tensor(type, toArray(type, data), shape),
      ]),
    );
    const results = await session.run(tensors);
    const outputs = Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        { data: Array.from(data, Number), shape: [...dims] },
      ]),
    );
    await session.release();
    process.send({ id, outputs });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});

function toArray(type, data) {
  const constructors = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array };
  return constructors[type].from(data);
}
