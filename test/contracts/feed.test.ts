/** The oracle: what updates it, what it refuses, what its readers get. */
import { readFileSync } from 'node:fs';
import { AbiCoder, type Contract, encodeBytes32String, keccak256, toUtf8Bytes, ZeroHash } from 'ethers';
import { eventOf, type MarketChain, mined, mockProof, startMarketChain } from '../support/market-chain.js';
import { INPUT, OUTPUT } from '../support/market-requests.js';

const FEE = 70n;
const LABEL = encodeBytes32String('loan book 7');
const HOUR = 3_600;
const [OWNER, REPORTER, OTHER] = [0, 1, 2];

let m: MarketChain;
let token: bigint;

beforeAll(async () => {
  m = await startMarketChain();
});
afterAll(() => m.chain.stop());
// Another token is another subject for the same reporter and label.
beforeEach(async () => {
  const receipt = await mined(m.registry.register!(m.model.target, FEE, '', false));
  token = eventOf(receipt, m.registry, 'ModelRegistered').tokenId as bigint;
});

interface Update {
  readonly round: number;
  readonly by?: number;
  readonly label?: string;
  readonly output?: string;
  readonly proof?: string;
  readonly value?: bigint;
}

const subjectOf = (by = REPORTER, label = LABEL): Promise<string> =>
  m.feed.subjectOf!(token, m.accounts[by]!.address, label) as Promise<string>;
const proofFor = async (subject: string, round: number, output = OUTPUT): Promise<string> =>
  mockProof((await m.feed.contextOf!(subject, round)) as string, INPUT, output);

async function update({ round, by = REPORTER, label = LABEL, output = OUTPUT, proof, value = FEE }: Update) {
  const shown = proof ?? (await proofFor(await subjectOf(by, label), round, output));
  const feed = m.feed.connect(m.accounts[by]!) as Contract;
  return mined(feed.update!(token, label, round, INPUT, output, shown, { value }));
}

describe('a subject', () => {
  it('has the latest proven output, its round and its time', async () => {
    const subject = await subjectOf();
    const receipt = await update({ round: 1 });
    expect(eventOf(receipt, m.feed, 'Updated')).toEqual({
      subject,
      modelToken: token,
      reporter: m.accounts[REPORTER]!.address,
      round: 1n,
      input: INPUT,
      output: OUTPUT,
    });
    const latest = async (): Promise<unknown> => (await m.feed.latest!(subject, HOUR)).toObject();
    const inputHash = keccak256(INPUT);
    expect(await latest()).toEqual({ round: 1n, updatedAt: BigInt(await m.now()), inputHash, output: OUTPUT });
    await update({ round: 2, output: '0x010203' });
    expect(await latest()).toMatchObject({ round: 2n, output: '0x010203', updatedAt: BigInt(await m.now()) });
    expect(await m.feed.roundOf!(subject)).toBe(2n);
  });

  it('is read by other contracts, while it is fresh', async () => {
    const reader = await m.make('FeedReader');
    const subject = await subjectOf();
    await update({ round: 1 });
    const updatedAt = await m.now();
    await m.pass(HOUR);
    expect(await reader.firstByte!(m.feed.target, subject)).toBe('0x0a');
    await m.pass(1);
    const stale = `StaleAnswer(${subject}, ${updatedAt}, ${HOUR})`;
    expect(await m.reverts(reader.firstByte!(m.feed.target, subject))).toBe(stale);
    await update({ round: 2 });
    expect(await reader.firstByte!(m.feed.target, subject)).toBe('0x0a');
  });

  it('without an answer has none', async () => {
    const subject = await subjectOf();
    expect(await m.reverts(m.feed.latest!(subject, 2n ** 256n - 1n))).toBe(`NoAnswer(${subject})`);
    expect(await m.feed.roundOf!(subject)).toBe(0n);
  });

  it('belongs to its reporter, its label and its model', async () => {
    await update({ round: 1 });
    await update({ round: 1, by: OTHER });
    await update({ round: 1, label: ZeroHash });
    const subjects = [await subjectOf(), await subjectOf(OTHER), await subjectOf(REPORTER, ZeroHash)];
    expect(new Set(subjects).size).toBe(3);
    for (const subject of subjects) expect(await m.feed.roundOf!(subject)).toBe(1n);
  });
});

describe('an update', () => {
  it('counts rounds one by one, so no proof serves twice', async () => {
    const subject = await subjectOf();
    const proof = await proofFor(subject, 1);
    expect(await m.reverts(update({ round: 0 }))).toBe(`WrongRound(${subject}, 1, 0)`);
    expect(await m.reverts(update({ round: 2 }))).toBe(`WrongRound(${subject}, 1, 2)`);
    await update({ round: 1, proof });
    expect(await m.reverts(update({ round: 1, proof }))).toBe(`WrongRound(${subject}, 2, 1)`);
    expect(await m.reverts(update({ round: 2, proof }))).toBe(`InvalidProof(${subject}, 2)`);
  });

  it('needs a proof for this feed, this chain and this subject', async () => {
    const subject = await subjectOf();
    const domain = keccak256(toUtf8Bytes('zkinfer/feed/1'));
    const types = ['bytes32', 'uint256', 'address', 'bytes32', 'uint64'];
    const context = (...parts: unknown[]): string =>
      keccak256(AbiCoder.defaultAbiCoder().encode(types, parts as never[]));
    expect(await m.feed.contextOf!(subject, 1)).toBe(context(domain, 31337, m.feed.target, subject, 1));
    const wrong = [
      context(domain, 1, m.feed.target, subject, 1),
      context(domain, 31337, m.market.target, subject, 1),
      context(domain, 31337, m.feed.target, await subjectOf(OTHER), 1),
      context(keccak256(toUtf8Bytes('zkinfer/market/1')), 31337, m.feed.target, subject, 1),
      ZeroHash,
    ];
    for (const bound of wrong) {
      const proof = mockProof(bound, INPUT, OUTPUT);
      expect(await m.reverts(update({ round: 1, proof }))).toBe(`InvalidProof(${subject}, 1)`);
    }
    const copied = await proofFor(subject, 1);
    expect(await m.reverts(update({ round: 1, by: OTHER, proof: copied }))).toBe(
      `InvalidProof(${await subjectOf(OTHER)}, 1)`,
    );
  });

  it('pays the owner of the model', async () => {
    for (const value of [0n, FEE - 1n, FEE + 1n]) {
      expect(await m.reverts(update({ round: 1, value }))).toBe(`WrongPayment(${FEE}, ${value})`);
    }
    const owner = m.accounts[OWNER]!.address;
    const before = (await m.feed.creditOf!(owner)) as bigint;
    await update({ round: 1 });
    expect(await m.feed.creditOf!(owner)).toBe(before + FEE);
    expect(await m.balance(m.feed)).toBe(before + FEE);
    const nobody = `0x${token.toString(16).padStart(40, 'b')}`;
    await mined(m.feed.withdraw!(nobody));
    expect([await m.balance(nobody), await m.balance(m.feed)]).toEqual([before + FEE, 0n]);
  });

  it('is of a model of the registry', async () => {
    const call = m.feed.update!(999, LABEL, 1, INPUT, OUTPUT, '0x');
    expect(await m.reverts(call)).toBe('ERC721NonexistentToken(999)');
  });
});

it('costs what the snapshot says', async () => {
  const first = Number((await update({ round: 1 })).gasUsed);
  const later = Number((await update({ round: 2, output: '0x010203' })).gasUsed);
  const snapshot = JSON.parse(readFileSync(new URL('../snapshots/feed-gas.json', import.meta.url), 'utf8'));
  expect({ 'first update': first, 'later update': later }).toEqual(snapshot);
});
