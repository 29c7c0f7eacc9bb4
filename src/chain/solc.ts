/** Compiles Solidity with the optional package `solc`. */

import { ZkinferError } from '../errors.js';
import { missingPackage } from './optional-package.js';
import type { ContractAbi } from './types.js';

export interface CompiledContract {
  readonly abi: ContractAbi;
  /** Creation code, 0x hex. */
  readonly bytecode: string;
  /** Runtime code, 0x hex; at most 24,576 bytes may be deployed (EIP-170). */
  readonly deployedBytecode: string;
}

export interface SolidityOptions {
  /** Version of the EVM that the code is for. Default cancun. */
  readonly evmVersion?: string;
  /** Expected calls per deployment, which the optimizer weighs. Default 1,000,000: cheap calls. */
  readonly optimizerRuns?: number;
  /** Compile through Yul. Default true: generated verifiers cost less gas. */
  readonly viaIR?: boolean;
}

interface SolcMessage {
  readonly severity: 'error' | 'warning' | 'info';
  readonly formattedMessage: string;
}

interface SolcOutput {
  readonly errors?: readonly SolcMessage[];
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: ContractAbi;
            readonly evm: {
              readonly bytecode: { readonly object: string };
              readonly deployedBytecode: { readonly object: string };
            };
          }
        >
      >
    >
  >;
}

/**
 * Compiles sources, which may import one another by the names given.
 * @param sources text by file name
 * @returns contracts by `file:Contract`, abstract ones and interfaces included (their bytecode is `0x`)
 * @throws TOOL_FAILED when the package is missing or the compiler reports an error.
 */
export async function compileSolidity(
  sources: Readonly<Record<string, string>>,
  options: SolidityOptions = {},
): Promise<Readonly<Record<string, CompiledContract>>> {
  const compile = await loadCompiler();
  const output = JSON.parse(compile(JSON.stringify(standardInput(sources, options)))) as SolcOutput;
  const errors = (output.errors ?? []).filter((message) => message.severity === 'error');
  if (errors.length > 0) {
    throw new ZkinferError('TOOL_FAILED', `solc: ${errors.map((error) => error.formattedMessage.trim()).join('\n')}`, {
      hint: 'the Solidity source must be as zkinfer wrote it, or valid for the installed version of solc',
    });
  }
  return Object.fromEntries(
    Object.entries(output.contracts ?? {}).flatMap(([file, contracts]) =>
      Object.entries(contracts).map(([name, { abi, evm }]): [string, CompiledContract] => [
        `${file}:${name}`,
        { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` },
      ]),
    ),
  );
}

function standardInput(sources: Readonly<Record<string, string>>, options: SolidityOptions): unknown {
  return {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: {
      optimizer: { enabled: true, runs: options.optimizerRuns ?? 1_000_000 },
      viaIR: options.viaIR ?? true,
      evmVersion: options.evmVersion ?? 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
}

async function loadCompiler(): Promise<(input: string) => string> {
  try {
    const { default: solc } = await import('solc');
    return (input) => solc.compile(input) as string;
  } catch (cause) {
    throw missingPackage('solc', 'compile contracts', cause);
  }
}
