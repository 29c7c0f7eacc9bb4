/** Registry, market, feed and a mock model on a local chain, with named accounts. */
import {
  AbiCoder,
  Contract,
  type ContractTransactionReceipt,
  type ContractTransactionResponse,
  Interface,
  type InterfaceAbi,
  isError,
  type JsonRpcSigner,
  keccak256,
} from 'ethers';
import { deployContract } from '../../src/chain/deploy.js';
import type { Hex } from '../../src/artifacts/types.js';
import { startTestChain, type TestChain } from './chain.js';
import { ownContracts, type OwnContracts } from './own-contracts.js';

export interface MarketChain {
  readonly chain: TestChain;
  readonly contracts: OwnContracts;
  /** The node's ten accounts, unlocked. */
  readonly accounts: readonly JsonRpcSigner[];
  readonly registry: Contract;
  readonly market: Contract;
  readonly feed: Contract;
  readonly model: Contract;
  /** Deploys by name, with constructor arguments and ether. */
  make(name: string, args?: readonly unknown[], value?: bigint): Promise<Contract>;
  /** Time of the latest block. */
  now(): Promise<number>;
  /** Lets time pass and mines a block. */
  pass(seconds: number): Promise<void>;
  balance(of: Contract | string): Promise<bigint>;
  /** What a call reverts with, as text: name and arguments of a custom error of any of the contracts. */
  reverts(call: Promise<unknown>): Promise<string>;
}

/** Lets every test of the file begin with the chain as the tests before the first one left it. */
export function resetBetweenTests(m: () => MarketChain): void {
  let snapshot: string;
  const send = (method: string, ...params: unknown[]): Promise<unknown> =>
    m().chain.connection.provider.send(method, params);
  beforeEach(async () => {
    snapshot = (await send('evm_snapshot')) as string;
  });
  afterEach(async () => {
    await send('evm_revert', snapshot);
  });
}

export async function startMarketChain(): Promise<MarketChain> {
  const contracts = ownContracts();
  const chain = await startTestChain();
  const { provider } = chain.connection;
  const accounts = await provider.listAccounts();
  const make = async (name: string, args: readonly unknown[] = [], value = 0n): Promise<Contract> => {
    const compiled = contracts[name]!;
    const { address } = await deployContract(chain.connection, compiled, { args, value });
    return new Contract(address, compiled.abi as InterfaceAbi, accounts[0]!);
  };
  const now = async (): Promise<number> => (await provider.getBlock('latest'))!.timestamp;
  const registry = await make('ModelRegistry');
  return {
    chain,
    contracts,
    accounts,
    registry,
    market: await make('InferenceMarket', [registry.target]),
    feed: await make('InferenceFeed', [registry.target]),
    model: await make('MockModel'),
    make,
    now,
    pass: async (seconds) => {
      await provider.send('evm_setNextBlockTimestamp', [(await now()) + seconds]);
      await provider.send('evm_mine', []);
    },
    balance: (of) => provider.getBalance(typeof of === 'string' ? of : of.target),
    reverts: (call) => revertOf(call, contracts),
  };
}

/** The proof that MockModel takes. */
export function mockProof(context: string, input: string, output: string): Hex {
  return keccak256(AbiCoder.defaultAbiCoder().encode(['bytes32', 'bytes', 'bytes'], [context, input, output])) as Hex;
}

/** Waits for a transaction to be mined. */
export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  return (await (await sent).wait())!;
}

/** The arguments of an event of a receipt, as an object. */
export function eventOf(
  receipt: ContractTransactionReceipt,
  contract: Contract,
  name: string,
): Record<string, unknown> {
  for (const log of receipt.logs) {
    const parsed = log.address === contract.target ? contract.interface.parseLog(log) : null;
    if (parsed?.name === name) return parsed.args.toObject();
  }
  throw new Error(`no event ${name}`);
}

async function revertOf(call: Promise<unknown>, contracts: OwnContracts): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION')) throw error;
    for (const { abi } of Object.values(contracts)) {
      const parsed = (error.data ?? '0x') === '0x' ? null : new Interface(abi as InterfaceAbi).parseError(error.data!);
      if (parsed) return `${parsed.name}(${parsed.args.map(String).join(', ')})`;
    }
    return `unknown ${error.data}`;
  }
  return 'no revert';
}
