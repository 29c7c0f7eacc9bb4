/** A market by the commands that people type, on a real node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptKeystoreJson, parseEther } from 'ethers';
import { writeFileAtomic } from '../../src/index.js';
import { runCli } from '../cli/run-cli.js';
import { ensureBuilt, runBuiltCli } from '../support/built-cli.js';
import { FIXTURES } from '../support/golden-witness.js';
import { type MarketStory, startMarketStory, type StoryAccount } from '../support/market-story.js';

let story: MarketStory;
let owner: StoryAccount;
let consumer: StoryAccount;
let prover: StoryAccount;
/** Addresses of the contracts that the commands deployed. */
const deployed = { registry: '', market: '', verifier: '' };

beforeAll(async () => {
  ensureBuilt();
  story = await startMarketStory();
  [owner, consumer, prover] = [await story.account(), await story.account(), await story.account()];
});
afterAll(() => story?.stop());

const environment = (account: StoryAccount) => ({
  ZKINFER_RPC_URL: story.chain.anvil.rpcUrl,
  ZKINFER_PRIVATE_KEY: account.privateKey,
});

type Document = Readonly<Record<string, unknown>>;

/** Runs a command for an account. @returns its document, and the exit code where it is an error */
async function command(account: StoryAccount, ...args: string[]): Promise<Document & { readonly exit: number }> {
  const { code, stdout } = await runCli([...args, '--json'], {}, environment(account));
  return { ...(JSON.parse(stdout) as Document), exit: code };
}

const send = (account: StoryAccount, ...args: string[]) => command(account, ...args, '--yes');
const refused = (exit: number, code: string, message: RegExp) =>
  expect.objectContaining({ exit, code, message: expect.stringMatching(message) });
const market = () => ['--market', deployed.market];
const input = (index: number) => ['--input', join(FIXTURES, 'iris-mlp/inputs.npz'), '--index', String(index)];

async function post(index: number, ...more: string[]): Promise<string> {
  const terms = ['--token', '1', ...input(index), '--bounty', '0.05', '--allow-development-key', ...more];
  const posted = await send(consumer, 'request', story.dir, ...market(), ...terms);
  expect(posted).toMatchObject({ bounty: parseEther('0.05').toString(), licenseFee: parseEther('0.002').toString() });
  return posted.request as string;
}

it('deploys a registry, a market and a verifier, and registers the model', async () => {
  const dryRun = await command(owner, 'deploy', 'registry', '--dry-run');
  expect(dryRun).toMatchObject({ exit: 0, dryRun: true, contract: 'registry' });
  expect(await command(owner, 'deploy', 'registry')).toEqual(refused(2, 'USAGE', /nobody can be asked/));
  deployed.registry = (await send(owner, 'deploy', 'registry')).address as string;
  const registry = ['--registry', deployed.registry];
  deployed.market = (await send(owner, 'deploy', 'market', ...registry)).address as string;
  expect(await send(owner, 'deploy', 'market', '--registry', deployed.market)).toEqual(
    refused(4, 'TOOL_FAILED', /NotARegistry/),
  );
  expect(await send(owner, 'deploy', 'verifier', story.dir)).toEqual(refused(4, 'KEY_UNSAFE', /development/));
  deployed.verifier = (await send(owner, 'deploy', 'verifier', story.dir, '--allow-development-key')).address as string;
  const terms = [...registry, '--verifier', deployed.verifier, '--fee', '0.002', '--metadata', 'ipfs://iris'];
  const unmarked = await send(owner, 'register', ...terms);
  expect(unmarked).toEqual(refused(4, 'TOOL_FAILED', /DevelopmentKeyNotAllowed/));
  expect(unmarked).toMatchObject({ hint: expect.stringMatching(/--allow-development-key/) });
  expect(await send(owner, 'register', ...terms, '--allow-development-key')).toMatchObject({ exit: 0, token: '1' });
});

it('a universal verifier gets the key of the model once', async () => {
  const universal = (await send(owner, 'deploy', 'universal')).address as string;
  const model = ['deploy', 'model', story.dir, '--universal', universal, '--allow-development-key'];
  const first = await send(owner, ...model);
  expect(first).toMatchObject({ exit: 0, transactionHash: expect.stringMatching(/^0x/) });
  expect(await send(owner, ...model)).toMatchObject({ exit: 0, address: first.address, isNew: false });
  const terms = ['--registry', deployed.registry, '--verifier', first.address as string, '--allow-development-key'];
  expect(await send(owner, 'register', ...terms)).toMatchObject({ exit: 0, token: '2' });
  // The consumer has to know the universal verifier: it could be any contract.
  const request = ['request', story.dir, ...market(), '--token', '2', ...input(0), '--bounty', '1gwei'];
  expect(await send(consumer, ...request, '--allow-development-key')).toEqual(
    refused(1, 'CHECK_FAILED', /token 2 cannot be relied on/),
  );
  const trusting = await send(consumer, ...request, '--allow-development-key', '--universal', universal);
  expect(trusting).toMatchObject({ exit: 0, request: expect.stringMatching(/^0x/) });
});

it('a request is claimed, proved and delivered by hand, and paid', async () => {
  const request = await post(5);
  const id = [...market(), '--request', request];
  expect(await send(prover, 'market', 'claim', ...id)).toMatchObject({ exit: 0 });
  expect(await send(consumer, 'market', 'claim', ...id)).toEqual(refused(4, 'TOOL_FAILED', /ClaimLive/));
  const [saved, proof] = [join(story.folder, 'input.json'), join(story.folder, 'proof.json')];
  const show = ['market', 'show', ...id, '--model', story.dir, '--account', prover.address];
  const shown = await command(consumer, ...show, '--save-input', saved);
  expect(shown).toMatchObject({ exit: 0, request: { status: 'open', claim: { prover: prover.address } } });
  const integers = (await story.sample(5)).map(({ name, integers }) => [name, [...integers]] as const);
  expect(JSON.parse(readFileSync(saved, 'utf8'))).toEqual(Object.fromEntries(integers));
  const prove = ['prove', story.dir, '--input', saved, '--integers', '-o', proof];
  const unbound = await command(prover, ...prove);
  expect(unbound.exit).toBe(0);
  expect(await send(prover, 'submit', story.dir, proof, ...id)).toEqual(refused(4, 'ARTIFACT_MISMATCH', /bound to/));
  expect(await command(prover, ...prove, '--context', shown.context as string)).toMatchObject({ exit: 0 });
  // Anybody can bring the proof; it pays the prover.
  const named = ['submit', story.dir, proof, ...id, '--prover', prover.address];
  expect(await send(owner, ...named)).toMatchObject({ exit: 0, prover: prover.address });
  expect(await send(owner, ...named)).toEqual(refused(4, 'TOOL_FAILED', /RequestNotOpen/));
  expect(await command(consumer, ...show)).toMatchObject({
    request: { status: 'fulfilled', deliveredBy: prover.address },
    credit: parseEther('0.1').toString(),
    reputation: { claimed: 1, delivered: 1, slashed: 0 },
    outputs: [
      { name: 'output', dtype: 'uint8', integers: [expect.any(Number), expect.any(Number), expect.any(Number)] },
    ],
  });
  expect(await send(prover, 'market', 'withdraw', ...market(), '--to', owner.address)).toMatchObject({ exit: 0 });
  expect(await send(prover, 'market', 'withdraw', ...market())).toEqual(refused(4, 'TOOL_FAILED', /NothingToWithdraw/));
});

it('what nobody delivers is refunded after the deadline', async () => {
  const id = [...market(), '--request', await post(1, '--deadline', '10m')];
  expect(await send(consumer, 'market', 'refund', ...id)).toEqual(refused(4, 'TOOL_FAILED', /DeadlineNotPassed/));
  await story.pass(601);
  expect(await send(prover, 'market', 'refund', ...id)).toMatchObject({ exit: 0 });
  expect(await command(consumer, 'market', 'show', ...id, '--account', consumer.address)).toMatchObject({
    request: { status: 'refunded' },
    credit: parseEther('0.052').toString(),
  });
});

it('a watching process with a keystore answers, is paid, and ends when it is interrupted', async () => {
  const keystore = join(story.folder, 'keystore.json');
  // Few rounds: it is to be read twice.
  const encrypted = await encryptKeystoreJson(prover, 'a password', { scrypt: { N: 1024, r: 8, p: 1 } });
  await writeFileAtomic(keystore, encrypted, { mode: 0o600 });
  const watch = ['watch', story.dir, ...market(), '--keystore', keystore, '--interval', '1s', '--margin', '5s'];
  const env = { ZKINFER_RPC_URL: story.chain.anvil.rpcUrl, ZKINFER_KEYSTORE_PASSWORD: 'a password' };
  const wrong = await runCli([...watch, '--json'], {}, { ...env, ZKINFER_KEYSTORE_PASSWORD: 'another' });
  expect(wrong.code).toBe(2);
  expect(wrong.stdout).toMatch(/does not open with this password/);
  expect(wrong.stdout + wrong.stderr).not.toMatch(/another/);

  const request = await post(2);
  let isInterrupted = false;
  const { code, stdout, stderr } = await runBuiltCli([...watch, '--json'], {
    env,
    onStderr: (text, child) => {
      if (isInterrupted || !text.includes('withdrew')) return;
      isInterrupted = true;
      child.kill('SIGINT');
    },
  });
  expect({ code, stderr: stderr.match(/claimed|proved|delivered|paid|withdrew|ending/g) }).toEqual({
    code: 0,
    stderr: ['claimed', 'proved', 'delivered', 'paid', 'withdrew', 'ending'],
  });
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'zkinfer-watch',
    account: prover.address,
    delivered: [{ requestId: request, bounty: parseEther('0.05').toString() }],
    missed: [],
    withdrawn: parseEther('0.1').toString(),
  });
  expect(stdout + stderr).not.toContain(prover.privateKey.slice(2));
}, 60_000);

it('asks before it sends, and takes only yes for yes', async () => {
  const args = ['deploy', 'registry', '--rpc', story.chain.anvil.rpcUrl];
  const nonce = () => story.chain.connection.provider.getTransactionCount(owner.address);
  const before = await nonce();
  const no = await runCli(args, {}, environment(owner), 'n\n');
  expect(no).toMatchObject({ code: 130, stdout: '' });
  expect(no.stderr).toMatch(/gas at .* gwei, at most .* ether\nsend it\? \[y\/N\]/);
  expect(await nonce()).toBe(before);
  const yes = await runCli(args, {}, environment(owner), 'y\n');
  expect(yes).toMatchObject({ code: 0, stdout: expect.stringMatching(/^contract +registry\naddress +0x/) });
  expect(await nonce()).toBe(before + 1);
});

describe('what cannot be', () => {
  const zero = `0x${'0'.repeat(64)}`;
  it.each<[string, () => string[], number, string, RegExp]>([
    ['an argument too many', () => ['deploy', 'registry', story.dir], 2, 'USAGE', /takes no artifact directory/],
    ['an argument too few', () => ['deploy', 'market'], 2, 'USAGE', /takes --registry/],
    // Both directories are seen.
    ['one model twice', () => ['watch', story.dir, story.dir, ...market()], 2, 'USAGE', /another directory holds too/],
    ['no address', () => ['deploy', 'market', '--registry', '0x12'], 2, 'USAGE', /is not an address/],
    [
      'a contract of another kind',
      () => ['market', 'claim', '--market', deployed.registry, '--request', zero],
      4,
      'TOOL_FAILED',
      /no answer/,
    ],
    ['no contract', () => ['market', 'withdraw', '--market', prover.address], 4, 'TOOL_FAILED', /no contract at/],
    [
      'a request that is not there',
      () => ['market', 'claim', ...market(), '--request', zero],
      4,
      'TOOL_FAILED',
      /RequestNotOpen/,
    ],
    ['no request', () => ['market', 'claim', ...market()], 2, 'USAGE', /request/],
    ['half a request', () => ['market', 'refund', ...market(), '--request', '0x12'], 2, 'USAGE', /64 hex digits/],
    [
      'a bounty without sense',
      () => ['request', story.dir, ...market(), '--token', '1', ...input(0), '--bounty', 'much'],
      2,
      'USAGE',
      /--bounty/,
    ],
    [
      'a time without a unit',
      () => ['request', story.dir, ...market(), '--token', '1', ...input(0), '--bounty', '1', '--deadline', '60'],
      2,
      'USAGE',
      /--deadline/,
    ],
    [
      'a token that is not there',
      () => ['request', story.dir, ...market(), '--token', '77', ...input(0), '--bounty', '1'],
      4,
      'TOOL_FAILED',
      /ERC721NonexistentToken/,
    ],
    [
      'a key that is not allowed',
      () => ['request', story.dir, ...market(), '--token', '1', ...input(0), '--bounty', '1'],
      4,
      'KEY_UNSAFE',
      /forge/,
    ],
    [
      'more than the account has',
      () => [
        'request',
        story.dir,
        ...market(),
        '--token',
        '1',
        ...input(0),
        '--bounty',
        '1000',
        '--allow-development-key',
      ],
      4,
      'TOOL_FAILED',
      /cannot pay/,
    ],
  ])('%s', async (_, args, exit, code, message) => {
    const words = args();
    const run = words[0] === 'watch' ? command(prover, ...words) : send(prover, ...words);
    expect(await run).toEqual(refused(exit, code, message));
  });

  it('no account, no node', async () => {
    const args = ['deploy', 'registry', '--yes', '--json'];
    const nobody = await runCli(args, {}, { ZKINFER_RPC_URL: story.chain.anvil.rpcUrl });
    expect(nobody).toMatchObject({ code: 2, stdout: expect.stringMatching(/no account is named/) });
    const nowhere = await runCli(args, {}, { ZKINFER_PRIVATE_KEY: owner.privateKey });
    expect(nowhere).toMatchObject({ code: 2, stdout: expect.stringMatching(/no node is named/) });
    const dead = { ZKINFER_PRIVATE_KEY: owner.privateKey, ZKINFER_RPC_URL: 'http://127.0.0.1:1' };
    expect(await runCli(args, {}, dead)).toMatchObject({ code: 4, stdout: expect.stringMatching(/no Ethereum node/) });
  });
});
