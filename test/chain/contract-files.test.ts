/** The contracts of this repository as they are shipped. */
import { readContract } from '../../src/chain/contract-files.js';
import { builtContracts } from '../support/contracts.js';

it('are compiled with what deploying and checking them needs', async () => {
  const [contract] = await builtContracts('IVerifiableModel');
  expect(contract.sourceName).toBe('verifier-contracts/interfaces/IVerifiableModel.sol');
  expect(contract.abi.length).toBeGreaterThan(10);
  expect(contract.bytecode).toBe('0x');
  const { compiler, settings } = JSON.parse(contract.metadata) as { compiler: { version: string }; settings: unknown };
  expect(contract.compiler.version.startsWith(compiler.version)).toBe(true);
  expect(settings).toMatchObject({ evmVersion: 'cancun', viaIR: true, optimizer: { enabled: true, runs: 1_000_000 } });
});

it('are asked for by name', async () => {
  for (const name of ['Nothing', '../../package']) {
    await expect(readContract(name)).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining(name) });
  }
});
