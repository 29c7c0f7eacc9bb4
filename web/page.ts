/** The page of `zkinfer serve`: models, queue, latest inferences, and a model to try, whose proof is verified in the browser. */
import type { VerificationKey } from '../src/artifacts/types.js';
import { verifyProofDocument } from '../src/prover/verify.js';
import { Drawing, pictureSize } from './drawing.js';
import { follow, get, KeyNeeded, post, setKey } from './server.js';
import type { Inference, Manifest, Model, Queue } from './types.js';

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const drawing = new Drawing(element<HTMLCanvasElement>('canvas'));
const [select, input, integers] = [
  element<HTMLSelectElement>('model'),
  element<HTMLTextAreaElement>('input'),
  element<HTMLInputElement>('integers'),
];
let models: readonly Model[] = [];

/** Text only: names come from model files, which may hold anything. */
function row(...cells: readonly string[]): HTMLTableRowElement {
  const tr = document.createElement('tr');
  for (const cell of cells) tr.insertCell().textContent = cell;
  return tr;
}

function tensorText(tensors: Model['inputs'], visibility: string): string {
  const shapes = tensors.map(({ name, dtype, shape }) => `${name}: ${dtype} [${shape.join(', ')}]`).join(', ');
  return visibility === 'public' ? shapes : `${shapes}, committed`;
}

async function loadModels(): Promise<void> {
  ({ models } = await get<{ models: Model[] }>('/v1/models'));
  element('key-form').hidden = true;
  element('models')
    .querySelector('tbody')!
    .replaceChildren(
      ...models.map((model) =>
        row(
          model.name,
          tensorText(model.inputs, model.input),
          tensorText(model.outputs, model.output),
          model.constraints.toLocaleString('en'),
          model.developmentKey ? 'development' : 'production',
        ),
      ),
    );
  select.replaceChildren(...models.map(({ name, modelId }) => new Option(name, modelId)));
  chooseModel();
}

function chosen(): Model | undefined {
  return models.find(({ modelId }) => modelId === select.value);
}

function chooseModel(): void {
  const model = chosen();
  const isPicture = model !== undefined && pictureSize(model) !== undefined;
  element('drawing').hidden = !isPicture;
  element('pasting').hidden = isPicture;
  integers.closest('label')!.hidden = isPicture;
  if (model === undefined || isPicture) return;
  const zeros = model.inputs.map(({ name, shape }) => [name, new Array(shape.reduce((a, b) => a * b, 1)).fill(0)]);
  input.value = JSON.stringify(Object.fromEntries(zeros));
}

async function refresh(): Promise<void> {
  const { queued, proving, proved, failed } = await get<Queue>('/v1/queue');
  element('queue').textContent = `${queued} waiting, ${proving} proving, ${proved} proved, ${failed} failed`;
  const { inferences } = await get<{ inferences: Inference[] }>('/v1/inferences');
  element('jobs')
    .querySelector('tbody')!
    .replaceChildren(
      ...inferences.map(({ createdAt, modelId, status, milliseconds }) =>
        row(
          new Date(createdAt).toLocaleTimeString(),
          models.find((model) => model.modelId === modelId)?.name ?? modelId,
          status,
          milliseconds === undefined ? '' : `${milliseconds} ms`,
        ),
      ),
    );
}

function progressText({ status, ahead, milliseconds, error }: Inference): string {
  switch (status) {
    case 'queued':
      return `waiting, ${ahead} before it`;
    case 'proving':
      return 'proving ...';
    case 'proved':
      return `proved in ${milliseconds} ms`;
    case 'failed':
      return `failed: ${error?.message}${error?.hint === undefined ? '' : ` (${error.hint})`}`;
    case 'cancelled':
      return 'cancelled';
  }
}

function showOutput({ outputs }: Model, output: readonly number[] = []): void {
  const best = output.indexOf(Math.max(...output));
  const [spec] = outputs;
  const [low, high] = spec?.dtype === 'int8' ? [-128, 127] : [0, 255];
  element('output').replaceChildren(
    ...output.map((integer, i) => {
      const item = document.createElement('li');
      const bar = document.createElement('progress');
      [bar.max, bar.value] = [high - low, integer - low];
      const real = spec?.edge === 'float' ? ` = ${((integer - spec.zeroPoint) * spec.scale).toPrecision(4)}` : '';
      item.append(String(i), bar, `${integer}${real}`);
      item.classList.toggle('best', i === best);
      return item;
    }),
  );
}

/** Checks the proof here, with the statement built here from its values: the server is not believed. */
async function verifyHere(model: Model, path: string): Promise<void> {
  const [manifest, verificationKey, proof] = await Promise.all([
    get<Manifest>(`/v1/models/${model.modelId}/manifest.json`),
    get<VerificationKey>(model.verificationKey),
    get<object>(path),
  ]);
  const started = performance.now();
  const verdict = await verifyProofDocument({ manifest, verificationKey, document: proof });
  const time = Math.round(performance.now() - started);
  const text = element('verdict');
  text.className = verdict.valid ? 'valid' : 'invalid';
  text.textContent = verdict.valid ? `proof verified in this browser, in ${time} ms` : `invalid: ${verdict.reason}`;
  const download = element<HTMLAnchorElement>('download');
  download.href = `data:application/json,${encodeURIComponent(JSON.stringify(proof, null, 1))}`;
  download.hidden = false;
}

async function tryModel(model: Model): Promise<void> {
  const size = pictureSize(model);
  const isFloat = model.inputs[0]!.edge === 'float';
  const submission =
    size === undefined
      ? { input: JSON.parse(input.value) as unknown, integers: integers.checked }
      : { input: drawing.pixels(...size).map((grey) => (isFloat ? grey : Math.round(grey * 255))) };
  element('result').hidden = false;
  for (const id of ['progress', 'verdict']) element(id).textContent = '';
  element('output').replaceChildren();
  element('download').hidden = true;
  const { id } = await post<Inference>(`/v1/models/${model.modelId}/inferences`, submission);
  const ended = await follow(id, (inference) => (element('progress').textContent = progressText(inference)));
  if (ended.status !== 'proved') return;
  showOutput(model, ended.output);
  await verifyHere(model, ended.proof!);
}

function report(error: unknown): void {
  if (error instanceof KeyNeeded) {
    element('key-form').hidden = false;
    return;
  }
  element('result').hidden = false;
  element('progress').textContent = error instanceof Error ? error.message : String(error);
}

select.addEventListener('change', chooseModel);
element('clear').addEventListener('click', () => drawing.clear());
element('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setKey(element<HTMLInputElement>('key').value);
  void loadModels().then(refresh).catch(report);
});
element('try').addEventListener('submit', (event) => {
  event.preventDefault();
  const model = chosen();
  if (model === undefined) return;
  const button = element<HTMLButtonElement>('prove');
  button.disabled = true;
  void tryModel(model)
    .catch(report)
    .finally(() => {
      button.disabled = false;
      void refresh().catch(report);
    });
});
void loadModels().then(refresh).catch(report);
setInterval(() => void refresh().catch(() => undefined), 3_000);
