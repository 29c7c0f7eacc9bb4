/** `zkinfer serve` as users run it: a process, a model, real proofs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadVerifier, readInput, terminateCurves, verifyProof } from '../../src/index.js';
import { runBuiltCli } from '../support/built-cli.js';
import { FIXTURES } from '../support/golden-witness.js';
import { type ServerStory, startServer } from '../support/server-story.js';

let story: ServerStory;

beforeAll(async () => {
  story = await startServer(['iris-mlp', 'digits-mlp']);
});
afterAll(async () => {
  await story?.stop();
  story?.remove();
  await terminateCurves();
});

interface Inference {
  readonly id: string;
  readonly status: string;
  readonly output: readonly number[];
}

async function prove(modelId: string, input: readonly number[]): Promise<Inference> {
  const response = await fetch(`${story.url}/v1/models/${modelId}/inferences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input, integers: true }),
  });
  const { id } = (await response.json()) as Inference;
  const events = await (await fetch(`${story.url}/v1/inferences/${id}/events`)).text();
  const last = /^data: (.*)\n\n$/m.exec(events.slice(events.lastIndexOf('data: ')))![1]!;
  return JSON.parse(last) as Inference;
}

it('proves inferences of two models side by side, each verified with its own key', async () => {
  const { models } = (await (await fetch(`${story.url}/v1/models`)).json()) as {
    models: { modelId: string; name: string }[];
  };
  expect(models.map(({ name }) => name)).toEqual(['iris-mlp', 'digits-mlp']);
  const jobs = models.flatMap(({ modelId, name }) => [0, 1, 2].map((index) => ({ modelId, name, index })));
  await Promise.all(
    jobs.map(async ({ modelId, name, index }) => {
      const verifier = await loadVerifier(story.dir(name));
      const specs = verifier.manifest.statement.inputs;
      const { tensors } = await readInput(join(FIXTURES, name, 'inputs.npz'), specs, { index });
      const job = await prove(modelId, [...tensors[0]!.integers]);
      expect(job.status).toBe('proved');
      const document = (await (await fetch(`${story.url}/v1/inferences/${job.id}/proof.json`)).json()) as {
        output: unknown;
      };
      expect(await verifyProof(verifier, document)).toEqual({ valid: true });
      expect(document.output).toEqual(job.output);
    }),
  );
});

it('refuses to be reached by everybody without keys, and a second server on its port', async () => {
  const serve = (...args: string[]) => runBuiltCli(['serve', story.dir('iris-mlp'), ...args, '--json']);
  const open = await serve('--host', '0.0.0.0', '--port', '0');
  expect(open).toMatchObject({ code: 2, stdout: expect.stringMatching(/without API keys/) });
  const taken = await serve('--port', new URL(story.url).port);
  expect(taken).toMatchObject({ code: 4, stdout: expect.stringMatching(/EADDRINUSE/) });
  const twice = await runBuiltCli(['serve', story.dir('iris-mlp'), story.dir('iris-mlp'), '--json']);
  expect(twice).toMatchObject({ code: 2, stdout: expect.stringMatching(/another directory holds too/) });
  const serveNot = async (dir: string, ...args: string[]) =>
    (await runBuiltCli(['serve', dir, '--port', '0', ...args])).stderr;
  expect(await serveNot(join(story.folder, 'nothing'))).toMatch(/is not an artifact directory/);
  expect(await serveNot(story.dir('iris-mlp'), '--weights', 'w.json')).toMatch(/weights of all these models are fixed/);
  expect(await serveNot(story.dir('iris-mlp'), '--queue', 'postgres://x@127.0.0.1:1/y', '--workers', '2')).toMatch(
    /--workers is about proofs made here/,
  );
  const keys = join(story.folder, 'keys.txt');
  writeFileSync(keys, 'ada short\n');
  const short = await serve('--api-keys', keys);
  expect(short).toMatchObject({ code: 2, stdout: expect.stringMatching(/line 1 has a key of less than/) });
});

it('lets proofs end that are under way when it is interrupted, and ends with exit code 0', async () => {
  const { modelId } = (await loadVerifier(story.dir('digits-mlp'))).manifest;
  const pending = prove(modelId, new Array<number>(64).fill(7));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { code, stdout, stderr } = await story.stop();
  expect(await pending).toMatchObject({ status: 'proved' });
  expect({ code, document: JSON.parse(stdout) as unknown }).toMatchObject({
    code: 0,
    document: { format: 'zkinfer-serve' },
  });
  expect(stderr).toMatch(/ending, once the proofs under way have ended/);
});
