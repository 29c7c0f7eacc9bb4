/** The statement's signals as InferenceProofs computes them, for layouts of all kinds, against src/statement. */
import { readFileSync } from 'node:fs';
import { Contract, type InterfaceAbi } from 'ethers';
import type { StatementLayout } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { toHex } from '../../src/hash/bytes.js';
import { layoutWord } from '../../src/solidity/record.js';
import { challenge, evaluateAt } from '../../src/statement/challenge.js';
import { packBytes } from '../../src/statement/elements.js';
import { P } from '../support/bn254.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { Random } from '../support/random.js';
import { layoutOf, MODEL_ID, tensor } from '../support/statements.js';

const HARNESS = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {InferenceProofs} from "verifier-contracts/lib/InferenceProofs.sol";
contract Harness {
    function signals(uint256 dirt, uint256 word, bytes32 modelId, uint256 weights, bytes32 context,
        bytes calldata input, bytes calldata output, uint256 c)
        external pure returns (bool canonical, uint256 r, uint256 s)
    {
        uint256 record;
        (uint256 inputAt, uint256 outputAt) = (0, 0);
        assembly ("memory-safe") {
            record := mload(0x40)
            // Memory as other checks may have left it.
            for { let i := 0 } lt(i, 0x2000) { i := add(i, 0x20) } { mstore(add(record, i), dirt) }
            mstore(add(record, 0x280), word)
            mstore(add(record, 0x260), modelId)
            mstore(add(record, 0x0c0), weights)
            inputAt := input.offset
            outputAt := output.offset
        }
        return InferenceProofs.signals(record, record + InferenceProofs.RECORD_LENGTH, context, inputAt, outputAt, c);
    }
}`;

let chain: TestChain;
let harness: Contract;

beforeAll(async () => {
  const file = (path: string): [string, string] => [
    `verifier-contracts/${path}`,
    readFileSync(new URL(`../../verifier-contracts/${path}`, import.meta.url), 'utf8'),
  ];
  const sources = {
    'h.sol': HARNESS,
    ...Object.fromEntries([file('lib/InferenceProofs.sol'), file('interfaces/IVerifiableModel.sol')]),
  };
  const compiled = await compileSolidity(sources);
  chain = await startTestChain();
  const contract = compiled['h.sol:Harness'] as CompiledContract;
  const { address } = await chain.deploy(contract);
  harness = new Contract(address, contract.abi as InterfaceAbi, chain.connection.provider);
});

afterAll(() => chain.stop());

const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

/** Field elements at random, the greatest and zero among them. */
function fieldElement(random: Random): bigint {
  const value = random.integers(8, 0, 2 ** 32 - 1).reduce((sum, limb) => (sum << 32n) | BigInt(limb), 0n);
  return random.pick([value % P, value % P, P - 1n, 0n]);
}

/** Calls the contract for random values of a layout, and expects what the library computes. */
async function expectEqualSignals(layout: StatementLayout, random: Random): Promise<void> {
  const context = word(fieldElement(random));
  const [c, weights] = [fieldElement(random), fieldElement(random)];
  const parts = (['input', 'output'] as const).map((part) => {
    const { dtype, shape } = (part === 'input' ? layout.inputs : layout.outputs)[0]!;
    if (layout[part] === 'committed') {
      const commitment = fieldElement(random);
      return { commitments: [commitment], packed: [], bytes: word(commitment) };
    }
    const bytes = Uint8Array.from(random.integers(shape[0] as number, 0, 255));
    return { commitments: [], packed: packBytes(bytes, dtype === 'int8'), bytes: toHex(bytes) };
  });
  const elements = [
    ...parts.flatMap(({ commitments }) => commitments),
    ...(layout.weights === 'committed' ? [weights] : []),
    ...parts.flatMap(({ packed }) => packed),
  ];
  const r = challenge(MODEL_ID, context, c, elements);
  const dirt = random.pick([0n, 2n ** 256n - 1n]);
  const [input, output] = parts.map(({ bytes }) => bytes);
  const answer = await harness.getFunction('signals')(
    dirt,
    layoutWord(layout, false),
    MODEL_ID,
    weights,
    context,
    input,
    output,
    c,
  );
  expect([...answer]).toEqual([true, r, evaluateAt(elements, r)]);
}

it('are those of the library for every length around the blocks of packing', async () => {
  const random = new Random(11);
  // 31 bytes to an element, eight elements to a round.
  const lengths = [1, 2, 30, 31, 32, 61, 62, 63, 217, 247, 248, 249, 278, 279, 280, 495, 496, 497, 784, 1000];
  for (const length of lengths) {
    const inputs = [tensor('x', random.pick(['int8', 'uint8']), [length])];
    const outputs = [tensor('y', random.pick(['int8', 'uint8']), [random.pick(lengths)])];
    await expectEqualSignals(layoutOf({ inputs, outputs }), random);
  }
});

it('are those of the library for everything that can be committed', async () => {
  const random = new Random(12);
  const visibilities = ['public', 'committed'] as const;
  for (const input of visibilities) {
    for (const output of visibilities) {
      for (const weights of ['fixed', 'committed'] as const) {
        for (const dtype of ['int8', 'uint8'] as const) {
          const shape = [random.integer(1, 70)];
          const tensors = { inputs: [tensor('x', dtype, shape)], outputs: [tensor('y', dtype, shape)] };
          await expectEqualSignals(layoutOf({ input, output, weights, ...tensors }), random);
        }
      }
    }
  }
});
