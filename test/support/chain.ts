/** A local chain for the tests of one file. */
import { type Anvil, startAnvil } from '../../src/chain/anvil.js';
import { type ChainConnection, connect } from '../../src/chain/connection.js';
import type { CompiledContract } from '../../src/chain/solc.js';
import { deployVerifier, type VerifierReference } from '../../src/chain/verifier.js';

export interface TestChain {
  readonly anvil: Anvil;
  readonly connection: ChainConnection;
  deploy(contract: CompiledContract): Promise<VerifierReference & { readonly gasUsed: bigint }>;
  stop(): Promise<void>;
}

/** Gas snapshots hold for these rules. */
const HARDFORK = 'prague';

export async function startTestChain(): Promise<TestChain> {
  const anvil = await startAnvil({ hardfork: HARDFORK });
  const connection = await connect({ rpcUrl: anvil.rpcUrl });
  return {
    anvil,
    connection,
    deploy: async (contract) => ({ abi: contract.abi, ...(await deployVerifier(connection, contract)) }),
    stop: async () => {
      connection.close();
      await anvil.stop();
    },
  };
}
