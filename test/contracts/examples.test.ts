/** The example contracts, with generated verifiers and proofs whose statements the test may choose. */
import { AbiCoder, type Contract, keccak256, toUtf8Bytes } from 'ethers';
import type { Manifest } from '../../src/artifacts/types.js';
import { eventOf, type MarketChain, mined, startMarketChain } from '../support/market-chain.js';
import { type SimulatedInference, simulateInference, simulatedVerifier } from '../support/simulated-inference.js';
import { layoutOf, manifestOf, tensor } from '../support/statements.js';

const [LENDER, ATTESTER, BORROWER, THIEF] = [0, 1, 2, 3];

let m: MarketChain;
beforeAll(async () => {
  m = await startMarketChain();
});
afterAll(() => m.chain.stop());

const as = (contract: Contract, account: number): Contract => contract.connect(m.accounts[account]!) as Contract;
const address = (account: number): string => m.accounts[account]!.address;

/** That proofs are bound to the use, this chain, the contract and the account, as keccak256(abi.encode(...)) of the four. */
async function expectBinding(contract: Contract, domain: string): Promise<void> {
  const values = [keccak256(toUtf8Bytes(domain)), 31337, contract.target, address(BORROWER)];
  const encoded = AbiCoder.defaultAbiCoder().encode(['bytes32', 'uint256', 'address', 'address'], values);
  expect(await contract.contextOf!(address(BORROWER))).toBe(keccak256(encoded));
}

async function verifierOf(manifest: Manifest): Promise<string> {
  return (await m.chain.deploy(await simulatedVerifier(manifest))).address;
}

describe('LendingGate', () => {
  // Four private features, three classes.
  const manifest = manifestOf(
    layoutOf({ input: 'committed', inputs: [tensor('x', 'int8', [1, 4])], outputs: [tensor('y', 'int8', [1, 3])] }),
  );
  const LOAN = 5_000n;
  const GOOD = 2;
  const COMMITMENT = 0x1234_5678n;
  const inputHash = keccak256(`0x${COMMITMENT.toString(16).padStart(64, '0')}`);
  let gate: Contract;

  beforeAll(async () => {
    gate = await m.make('LendingGate', [await verifierOf(manifest), address(ATTESTER), GOOD, LOAN], 3n * LOAN);
  });
  beforeEach(() => mined(as(gate, ATTESTER).attest!(address(BORROWER), inputHash)));

  const proven = async (output: number[], by = BORROWER, inputCommitment = COMMITMENT): Promise<SimulatedInference> =>
    simulateInference(manifest, (await gate.contextOf!(address(by))) as string, { inputCommitment, output });
  const borrow = (by: number, { input, output, proof }: SimulatedInference): Promise<unknown> =>
    mined(as(gate, by).borrow!(input, output, proof));

  it('lends to whom the model accepts, once per attestation', async () => {
    const inference = await proven([-5, 3, 90]);
    const before = await m.balance(gate);
    await borrow(BORROWER, inference);
    expect([before - (await m.balance(gate)), await gate.debtOf!(address(BORROWER))]).toEqual([LOAN, LOAN]);
    expect(await m.reverts(borrow(BORROWER, inference))).toBe(`InputNotAttested(${address(BORROWER)})`);
    await mined(as(gate, ATTESTER).attest!(address(BORROWER), inputHash));
    expect(await m.reverts(borrow(BORROWER, inference))).toBe(`LoanOutstanding(${address(BORROWER)})`);
    const repay = (value: bigint): Promise<unknown> => mined(as(gate, BORROWER).repay!({ value }));
    expect(await m.reverts(repay(LOAN - 1n))).toBe(`WrongRepayment(${LOAN}, ${LOAN - 1n})`);
    await repay(LOAN);
    expect(await m.reverts(repay(0n))).toBe('WrongRepayment(0, 0)');
    expect(await m.balance(gate)).toBe(before);
  });

  it('takes no other class, input, output or borrower', async () => {
    expect(await m.reverts(borrow(BORROWER, await proven([90, 3, -5])))).toBe('WrongClass(0)');
    // The first among equals wins, and negative scores are less than positive ones.
    expect(await m.reverts(borrow(BORROWER, await proven([-128, 90, 90])))).toBe('WrongClass(1)');
    const other = await proven([-5, 3, 90], BORROWER, COMMITMENT + 1n);
    expect(await m.reverts(borrow(BORROWER, other))).toBe(`InputNotAttested(${address(BORROWER)})`);
    const forged = { ...(await proven([-5, 3, 0])), output: '0xfb035a' as const };
    expect(await m.reverts(borrow(BORROWER, forged))).toBe('InvalidProof()');
    await mined(as(gate, ATTESTER).attest!(address(THIEF), inputHash));
    expect(await m.reverts(borrow(THIEF, await proven([-5, 3, 90])))).toBe('InvalidProof()');
  });

  it('takes inputs from its attester and gives ether to its owner only', async () => {
    const attest = as(gate, THIEF).attest!(address(THIEF), inputHash);
    expect(await m.reverts(attest)).toBe(`NotAttester(${address(THIEF)})`);
    expect(await m.reverts(as(gate, THIEF).withdraw!(1))).toBe(`OwnableUnauthorizedAccount(${address(THIEF)})`);
    const before = await m.balance(gate);
    await mined(as(gate, LENDER).withdraw!(1));
    await mined(m.accounts[THIEF]!.sendTransaction({ to: gate.target, value: 3n }) as never);
    expect(await m.balance(gate)).toBe(before + 2n);
  });

  it('takes proofs for itself and its chain', () => expectBinding(gate, 'zkinfer/example/lending-gate/1'));

  it('lends once to a borrower that comes back from within the payment', async () => {
    const borrower = await m.make('ReentrantReceiver');
    await mined(as(gate, ATTESTER).attest!(borrower.target, inputHash));
    const context = (await gate.contextOf!(borrower.target)) as string;
    const { input, output, proof } = await simulateInference(manifest, context, {
      inputCommitment: COMMITMENT,
      output: [0, 0, 1],
    });
    const call = gate.interface.encodeFunctionData('borrow', [input, output, proof]);
    await mined(borrower.onPayment!(gate.target, call));
    expect(await m.reverts(borrower.run!(gate.target, 0, call))).toBe(`InputNotAttested(${borrower.target})`);
  });

  it('is not made for outputs that nobody can read', async () => {
    const hidden = await verifierOf(manifestOf(layoutOf({ output: 'committed' })));
    for (const [name, args] of [
      ['LendingGate', [hidden, address(ATTESTER), GOOD, LOAN]],
      ['DigitVault', [hidden, 7]],
    ] as const) {
      await expect(m.make(name, args)).rejects.toThrow('OutputNotPublic()');
    }
  });
});

describe('DigitVault', () => {
  const manifest = manifestOf(
    layoutOf({ inputs: [tensor('image', 'uint8', [1, 8, 8])], outputs: [tensor('scores', 'uint8', [1, 10])] }),
  );
  const scores = (digit: number): number[] => Array.from({ length: 10 }, (_, i) => (i === digit ? 200 : 10 * i));
  const image = Array.from({ length: 64 }, (_, i) => i);
  let vault: Contract;

  beforeAll(async () => {
    vault = await m.make('DigitVault', [await verifierOf(manifest), 7], 1_234n);
  });

  const proven = async (digit: number, by: number): Promise<SimulatedInference> =>
    simulateInference(manifest, (await vault.contextOf!(address(by))) as string, {
      input: image,
      output: scores(digit),
    });
  const open = async (by: number, { input, output, proof }: SimulatedInference) =>
    mined(as(vault, by).open!(input, output, proof));

  it('takes proofs for itself and its chain', () => expectBinding(vault, 'zkinfer/example/digit-vault/1'));

  it('opens once, for a proven 7 and for whom it was proven', async () => {
    expect(await m.reverts(open(BORROWER, await proven(3, BORROWER)))).toBe('AnotherDigit(3)');
    const inference = await proven(7, BORROWER);
    expect(await m.reverts(open(THIEF, inference))).toBe('InvalidProof()');
    const forged = { ...(await proven(3, BORROWER)), output: inference.output };
    expect(await m.reverts(open(BORROWER, forged))).toBe('InvalidProof()');
    const receipt = await open(BORROWER, inference);
    expect(eventOf(receipt, vault, 'Opened')).toEqual({ by: address(BORROWER), amount: 1_234n });
    expect(await m.balance(vault)).toBe(0n);
    expect(await m.reverts(open(BORROWER, inference))).toBe('AlreadyOpen()');
  });
});
