/** A market for a model whose inputs are committed: the chain has the commitment, the prover gets the opening from the consumer. */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../../src/artifacts/types.js';
import { deliveredTensors } from '../../src/api/market-inference.js';
import { findDelivery } from '../../src/chain/market-events.js';
import { readHead } from '../../src/chain/views.js';
import { loadModel, runModel, writeFileAtomic } from '../../src/index.js';
import { runCli } from '../cli/run-cli.js';
import { FIXTURES } from '../support/golden-witness.js';
import { type MarketStory, startMarketStory, type StoryAccount } from '../support/market-story.js';
import { kindsOf, startWatching } from '../support/watching.js';

let story: MarketStory;
let consumer: StoryAccount;
let openings: string;

beforeAll(async () => {
  story = await startMarketStory('committed');
  consumer = await story.account();
  openings = join(story.folder, 'openings');
  mkdirSync(openings);
});
afterAll(() => story?.stop());

it('is claimed once the opening is there, not before, and delivers what the model says of the private input', async () => {
  const posted = await story.request(consumer.connection, { sample: 7 });
  const other = await story.request(consumer.connection, { sample: 8 });
  expect(posted.input).toMatch(/^0x[0-9a-f]{64}$/);
  // Files of other kinds and other requests do no harm.
  await writeFileAtomic(join(openings, 'notes.json'), '{"format": "notes"}');
  await writeFileAtomic(join(openings, 'broken.json'), '{');
  await writeFileAtomic(join(openings, 'other.json'), JSON.stringify(other.opening));

  const prover = await story.account();
  const watch = startWatching(story, prover, { openings });
  await watch.until('paid', other.id);
  expect(await watch.until('left', posted.id)).toMatchObject({ reason: 'no opening of its input' });
  await writeFileAtomic(join(openings, 'posted.json'), JSON.stringify(posted.opening));
  await watch.until('paid', posted.id);
  expect((await watch.stop()).delivered).toHaveLength(2);
  expect(kindsOf(watch.events).filter((kind) => kind === 'claimed')).toHaveLength(2);

  const { number } = await readHead(story.chain.connection);
  const { output } = (await findDelivery(story.chain.connection, story.market, posted.id, 0, number))!;
  const expected = runModel(await loadModel(join(story.dir, 'model.onnx')), await story.sample(7));
  expect(deliveredTensors(story.manifest, output)).toEqual(expected);
});

it('the command writes the opening before it sends, for its owner only', async () => {
  const terms = [
    '--market',
    story.market.address,
    '--token',
    String(story.token),
    '--bounty',
    '0.01',
    '--yes',
    '--json',
  ];
  const request = [
    ...['request', story.dir, '--input', join(FIXTURES, 'iris-mlp/inputs.npz'), '--index', '2'],
    ...['--allow-development-key', ...terms],
  ];
  const env = { ZKINFER_RPC_URL: story.chain.anvil.rpcUrl, ZKINFER_PRIVATE_KEY: consumer.privateKey };
  const without = await runCli(request, {}, env);
  expect(without).toMatchObject({ code: 2, stdout: expect.stringMatching(/name a file with --opening/) });

  const file = join(story.folder, 'own.json');
  const { code, stdout, stderr } = await runCli([...request, '--opening', file], {}, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/gas/) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { input } = JSON.parse(readFileSync(file, 'utf8')) as { input: { elements: number[]; salt: string } };
  const [sample] = await story.sample(2);
  expect(input.elements).toEqual([...sample!.integers]);
  expect(stdout + stderr).not.toContain(input.salt);

  const { request: id } = JSON.parse(stdout) as { request: Hex };
  const show = ['market', 'show', '--market', story.market.address, '--request', id, '--model', story.dir];
  const saved = join(story.folder, 'saved.json');
  const refused = await runCli([...show, '--save-input', saved], {}, env);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/the chain has not/) });
  expect(readdirSync(story.folder)).not.toContain('saved.json');
});
