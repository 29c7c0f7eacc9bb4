/** The Solidity compiler as a library. */
import { compileSolidity } from '../../src/chain/solc.js';

const source = (body: string): string => `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.24;\n${body}\n`;

describe('compileSolidity', () => {
  it('compiles files that import one another', async () => {
    const compiled = await compileSolidity({
      'base.sol': source('abstract contract Base { function f() public pure virtual returns (uint256); }'),
      'main.sol': source(
        'import {Base} from "base.sol";\ncontract Main is Base { function f() public pure override returns (uint256) { return 1; } }',
      ),
    });
    expect(Object.keys(compiled).sort()).toEqual(['base.sol:Base', 'main.sol:Main']);
    expect(compiled['base.sol:Base']?.bytecode).toBe('0x');
    expect(compiled['main.sol:Main']?.bytecode).toMatch(/^0x60[0-9a-f]+$/);
    expect(compiled['main.sol:Main']?.abi).toEqual([expect.objectContaining({ type: 'function', name: 'f' })]);
  });

  it('is deterministic', async () => {
    const sources = { 'a.sol': source('contract A { uint256 public x = 7; }') };
    expect(await compileSolidity(sources)).toEqual(await compileSolidity(sources));
  });

  it('shows what the compiler says', async () => {
    await expect(compileSolidity({ 'bad.sol': source('contract Bad { uint256 x = ; }') })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/^solc: ParserError: [\s\S]*bad\.sol:3/),
    });
    await expect(compileSolidity({ 'bad.sol': source('import "missing.sol";') })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('missing.sol'),
    });
  });
});
