/** Connections, and what a user reads when a chain refuses. */
import { Wallet } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { type ChainConnection, connect } from '../../src/chain/connection.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import {
  callVerifyInference,
  deployVerifier,
  estimateVerifyInferenceGas,
  sendVerifyInference,
} from '../../src/chain/verifier.js';
import { startTestChain, type TestChain } from '../support/chain.js';

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Stub {
    error Refused(uint256 reason);
    function verifyInference(bytes calldata input, bytes calldata, bytes calldata) external pure returns (bool) {
        if (input.length == 0) revert Refused(7);
        if (input.length == 1) revert("plain words");
        if (input.length == 2) assert(false);
        if (input.length == 4) revert();
        return input[0] == 0x01;
    }
}`;

let chain: TestChain;
let stub: CompiledContract;

beforeAll(async () => {
  stub = (await compileSolidity({ 's.sol': SOURCE }))['s.sol:Stub'] as CompiledContract;
  chain = await startTestChain();
});
afterAll(() => chain.stop());

const inference = (input: Hex): { input: Hex; output: Hex; proof: Hex } => ({ input, output: '0x', proof: '0x' });
const failure = (message: string | RegExp) => ({
  code: 'TOOL_FAILED',
  message: typeof message === 'string' ? message : expect.stringMatching(message),
  hint: expect.stringMatching(/\w/),
});

async function withConnection(options: { privateKey: string }, use: (connection: ChainConnection) => Promise<void>) {
  const connection = await connect({ rpcUrl: chain.anvil.rpcUrl, ...options });
  try {
    await use(connection);
  } finally {
    connection.close();
  }
}

describe('a verifier on a chain', () => {
  it('is deployed and answers', async () => {
    const verifier = await chain.deploy(stub);
    expect(await chain.connection.provider.getCode(verifier.address)).toBe(stub.deployedBytecode);
    expect(await callVerifyInference(chain.connection, verifier, inference('0x010203'))).toBe(true);
    expect(await callVerifyInference(chain.connection, verifier, inference('0x020304'))).toBe(false);
    const { gasUsed } = await sendVerifyInference(chain.connection, verifier, inference('0x010203'));
    expect(gasUsed).toBeGreaterThan(21_000n);
    expect(await estimateVerifyInferenceGas(chain.connection, verifier, inference('0x010203'))).toBeGreaterThanOrEqual(
      gasUsed,
    );
  });

  it('gives its reverts by name', async () => {
    const verifier = await chain.deploy(stub);
    const ask = (input: Hex) => callVerifyInference(chain.connection, verifier, inference(input));
    await expect(ask('0x')).rejects.toMatchObject(failure('the verifier gave no answer: Refused(7)'));
    await expect(ask('0x00')).rejects.toMatchObject(failure('the verifier gave no answer: Error(plain words)'));
    await expect(ask('0x0000')).rejects.toMatchObject(failure('the verifier gave no answer: Panic(1)'));
    await expect(ask('0x00000000')).rejects.toMatchObject(
      failure('the verifier gave no answer: reverted without a reason'),
    );
    await expect(sendVerifyInference(chain.connection, verifier, inference('0x'))).rejects.toMatchObject(
      failure(/^the transaction failed: Refused\(7\)$/),
    );
  });

  it('is missed where there is none', async () => {
    const nowhere = { address: `0x${'12'.repeat(20)}`, abi: stub.abi };
    await expect(callVerifyInference(chain.connection, nowhere, inference('0x01'))).rejects.toMatchObject(
      failure(/^the verifier gave no answer: the answer is not what such a contract gives$/),
    );
  });
});

describe('an account', () => {
  it('signs with its own key once it has ether', async () => {
    const wallet = Wallet.createRandom();
    await withConnection({ privateKey: wallet.privateKey }, async (connection) => {
      const error = await deployVerifier(connection, stub).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(failure('the contract was not deployed: the account cannot pay for gas'));
      expect(JSON.stringify(error)).not.toContain(wallet.privateKey.slice(2));
      await connection.provider.send('anvil_setBalance', [wallet.address, '0xde0b6b3a7640000']);
      const { transactionHash } = await deployVerifier(connection, stub);
      expect((await connection.provider.getTransaction(transactionHash))?.from).toBe(wallet.address);
    });
  });

  it('with a malformed key is refused without repeating it', async () => {
    await withConnection({ privateKey: '0xsecret' }, async (connection) => {
      const error = await deployVerifier(connection, stub).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'USAGE' });
      expect(String(error)).not.toContain('secret');
    });
  });
});

describe('an RPC address', () => {
  it('must be http or https', async () => {
    for (const rpcUrl of ['', 'localhost:8545', 'ws://127.0.0.1:1', 'file:///etc/hosts']) {
      await expect(connect({ rpcUrl })).rejects.toMatchObject({ code: 'USAGE' });
    }
  });

  it('where nobody answers is told at once', async () => {
    await expect(connect({ rpcUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject(failure(/^no Ethereum node answers/));
  });
});
