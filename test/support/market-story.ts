/** A market with a real model: the iris network, compiled, with development keys, its verifier deployed and registered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEther, Wallet } from 'ethers';
import type { Hex, Manifest, Visibility } from '../../src/artifacts/types.js';
import {
  compileModel,
  compileSolidity,
  exportVerifier,
  readInput,
  readManifest,
  setupDevelopment,
  terminateCurves,
  type SampleTensor,
} from '../../src/index.js';
import { deploymentCall, sendCall } from '../../src/chain/calls.js';
import { type ChainConnection, connect } from '../../src/chain/connection.js';
import { marketAt, requestCall, requestedId } from '../../src/chain/market.js';
import { registerCall, registeredToken, registryAt } from '../../src/chain/registry.js';
import type { ContractReference } from '../../src/chain/types.js';
import { readHead } from '../../src/chain/views.js';
import { requestInput } from '../../src/api/market-inference.js';
import type { OpeningDocument } from '../../src/artifacts/proof-document.js';
import { startTestChain, type TestChain } from './chain.js';
import { builtContracts } from './contracts.js';
import { FIXTURES } from './golden-witness.js';

export interface MarketStory {
  readonly folder: string;
  /** Artifact directory of the model. */
  readonly dir: string;
  readonly manifest: Manifest;
  readonly chain: TestChain;
  readonly registry: ContractReference;
  readonly market: ContractReference;
  readonly verifier: Hex;
  readonly token: bigint;
  /** A connection of a new account with 10 ether. */
  account(): Promise<StoryAccount>;
  /** Another token for the same verifier. */
  registerAgain(): Promise<bigint>;
  /** The tensors of a sample of the fixture. */
  sample(index: number): Promise<readonly SampleTensor[]>;
  /** Posts a request of the consumer's. */
  request(from: ChainConnection, choice?: RequestChoice): Promise<PostedStory>;
  /** Lets time pass and mines a block. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

export interface StoryAccount {
  readonly connection: ChainConnection;
  readonly address: Hex;
  readonly privateKey: Hex;
}

export interface RequestChoice {
  readonly sample?: number;
  /** Default: that of the story. */
  readonly token?: bigint;
  readonly bounty?: bigint;
  readonly stake?: bigint;
  /** Seconds from now. */
  readonly time?: number;
  readonly window?: number;
}

export interface PostedStory {
  readonly id: Hex;
  readonly input: Hex;
  readonly opening?: OpeningDocument;
  readonly deadline: number;
}

export const FEE = parseEther('0.002');
export const BOUNTY = parseEther('0.05');
export const STAKE = parseEther('0.02');
const SAMPLES = join(FIXTURES, 'iris-mlp/inputs.npz');

export async function startMarketStory(input: Visibility = 'public'): Promise<MarketStory> {
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-market-'));
  const dir = join(folder, 'iris');
  await compileModel(join(FIXTURES, 'iris-mlp/model.qdq-u8u8.onnx'), dir, { input });
  await setupDevelopment(dir);
  const manifest = await readManifest(dir);
  const chain = await startTestChain();
  const { connection } = chain;
  const [registryCode, marketCode] = await builtContracts('ModelRegistry', 'InferenceMarket');
  const deploy = async (contract: Parameters<typeof deploymentCall>[1], args: readonly unknown[] = []): Promise<Hex> =>
    (await sendCall(connection, await deploymentCall('deployment', contract, args))).contractAddress!;
  const registry = await registryAt(await deploy(registryCode));
  const market = await marketAt(await deploy(marketCode, [registry.address]));
  const { source, contractName } = await exportVerifier(dir, folder, { allowDevelopmentKey: true });
  const compiled = await compileSolidity({ 'v.sol': source });
  const verifier = await deploy(compiled[`v.sol:${contractName}`]!);
  const registration = { verifier, licenseFee: FEE, metadataUri: 'ipfs://iris', allowDevelopmentKey: true };
  const register = async (): Promise<bigint> =>
    registeredToken(await sendCall(connection, registerCall(registry, registration)));
  const token = await register();
  const connections: ChainConnection[] = [];
  const sample = async (index: number): Promise<readonly SampleTensor[]> =>
    (await readInput(SAMPLES, manifest.statement.inputs, { index })).tensors;
  return {
    folder,
    dir,
    manifest,
    chain,
    registry,
    market,
    verifier,
    token,
    sample,
    registerAgain: register,
    account: async () => {
      const wallet = Wallet.createRandom();
      const own = await connect({ rpcUrl: chain.anvil.rpcUrl, privateKey: wallet.privateKey });
      connections.push(own);
      await own.provider.send('anvil_setBalance', [wallet.address, `0x${parseEther('10').toString(16)}`]);
      return { connection: own, address: wallet.address as Hex, privateKey: wallet.privateKey as Hex };
    },
    request: async (from, choice = {}) => {
      const { bounty = BOUNTY, stake = STAKE, time = 1_000, window = 100 } = choice;
      const posted = await requestInput(manifest, await sample(choice.sample ?? 0));
      const deadline = (await readHead(connection)).timestamp + time;
      const terms = {
        modelToken: choice.token ?? token,
        bounty,
        licenseFee: FEE,
        stake,
        deadline,
        claimWindow: window,
      };
      const sent = await sendCall(from, requestCall(market, { ...terms, input: posted.input }));
      return { id: requestedId(sent), deadline, ...posted };
    },
    pass: async (seconds) => {
      await connection.provider.send('evm_increaseTime', [seconds]);
      await connection.provider.send('evm_mine', []);
    },
    stop: async () => {
      for (const own of connections) own.close();
      await chain.stop();
      await terminateCurves();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
