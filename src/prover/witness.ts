/**
 * Runs the witness generator that circom compiles to WebAssembly. The interface of such modules is that of circom 2's generated
 * `witness_calculator.js`: values pass through a shared buffer of 32-bit words, signals are named by their FNV-1a hash.
 */

import { readFile } from 'node:fs/promises';
import { asIoError } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import { SNARK_FIELD, toField } from '../hash/field.js';
import { makeWtns } from './wtns.js';

/** A value of an input signal; negative ones stand for their residue mod p, strings are decimal. */
export type SignalValue = bigint | number | string | readonly SignalValue[] | Int8Array | Uint8Array;
/** Every input signal of main by name. */
export type WitnessInputs = Readonly<Record<string, SignalValue>>;

/** Words of a field element. */
const WORDS = 8;

/** The exports of circom's module that are used here. */
interface CircomExports {
  getVersion(): number;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
  init(sanityCheck: number): void;
  getWitness(index: number): void;
  getMessageChar(): number;
}

const FAULTS: Readonly<Record<number, string>> = {
  1: 'a signal is not known',
  2: 'too many signals are set',
  3: 'a signal is set twice',
  4: 'a constraint does not hold',
  5: 'not enough memory',
  6: 'an input array is too long',
  7: 'an array is accessed outside its bounds',
};

/** A compiled witness generator, to be used for many inputs. */
export class WitnessGenerator {
  readonly #module: WebAssembly.Module;
  readonly #file: string;

  private constructor(module: WebAssembly.Module, file: string) {
    this.#module = module;
    this.#file = file;
  }

  /**
   * Loads circuit.wasm.
   * @param source a path, or the file's bytes.
   * @throws ARTIFACT_MISSING, IO, ARTIFACT_FORMAT.
   */
  static async load(source: string | Uint8Array): Promise<WitnessGenerator> {
    const file = typeof source === 'string' ? source : 'circuit.wasm';
    const bytes = typeof source === 'string' ? await readWasm(source) : source;
    try {
      return new WitnessGenerator(await WebAssembly.compile(bytes), file);
    } catch (cause) {
      throw new ZkinferError('ARTIFACT_FORMAT', 'the witness generator is damaged', { cause, location: { file } });
    }
  }

  /**
   * The witness as a .wtns file.
   * @throws CHECK_FAILED when the inputs do not satisfy the circuit; INPUT_SHAPE when they are not the circuit's; ARTIFACT_FORMAT when the
   *   module is not a generator over BN254. Messages never hold values.
   */
  async calculate(inputs: WitnessInputs): Promise<Uint8Array> {
    const messages: string[] = [];
    const exports = await this.#instantiate(messages);
    exports.init(0);
    this.#setInputs(exports, inputs, messages);
    const count = exports.getWitnessSize();
    return makeWtns(count, (values) => {
      for (let i = 0; i < count; i++) {
        exports.getWitness(i);
        for (let word = 0; word < WORDS; word++) values[WORDS * i + word] = exports.readSharedRWMemory(word);
      }
    });
  }

  async #instantiate(messages: string[]): Promise<CircomExports> {
    let exports: CircomExports;
    const runtime = {
      exceptionHandler: (code: number): never => {
        throw new CircuitFault(code);
      },
      printErrorMessage: (): void => void messages.push(readMessage(exports)),
      // log() of a circuit could show private values: it is read off and dropped.
      writeBufferMessage: (): void => void readMessage(exports),
      showSharedRWMemory: (): void => undefined,
    };
    try {
      exports = (await WebAssembly.instantiate(this.#module, { runtime })).exports as unknown as CircomExports;
      if (exports.getVersion() === 2 && exports.getFieldNumLen32() === WORDS && readPrime(exports) === SNARK_FIELD) {
        return exports;
      }
    } catch (cause) {
      throw this.#foreign(cause);
    }
    throw this.#foreign();
  }

  #setInputs(exports: CircomExports, inputs: WitnessInputs, messages: readonly string[]): void {
    let set = 0;
    for (const [name, value] of Object.entries(inputs)) {
      const [high, low] = signalHash(name);
      const values = flatten(name, value);
      const size = exports.getInputSignalSize(high, low);
      if (size !== values.length) {
        const what = size < 0 ? 'does not exist' : `has ${size} elements, not ${values.length}`;
        throw new ZkinferError('INPUT_SHAPE', `the circuit's input ${name} ${what}`, { location: { tensor: name } });
      }
      values.forEach((element, index) => {
        for (let word = 0; word < WORDS; word++) {
          exports.writeSharedRWMemory(word, Number((element >> BigInt(32 * word)) & 0xffffffffn));
        }
        this.#guard(messages, () => exports.setInputSignal(high, low, index));
      });
      set += values.length;
    }
    const expected = exports.getInputSize();
    if (set !== expected)
      throw new ZkinferError('INPUT_SHAPE', `the circuit takes ${expected} input values, not ${set}`);
  }

  /** Setting the last input runs the circuit. */
  #guard(messages: readonly string[], run: () => void): void {
    try {
      run();
    } catch (cause) {
      const trace = messages.map((message) => message.trim()).filter((message) => message !== '');
      if (!(cause instanceof CircuitFault)) {
        throw new ZkinferError('TOOL_FAILED', 'the witness generator crashed', {
          cause,
          location: { file: this.#file },
        });
      }
      const what = FAULTS[cause.code] ?? 'unknown fault';
      throw new ZkinferError('CHECK_FAILED', ['the values do not satisfy the circuit', what, ...trace].join(': '), {
        cause,
      });
    }
  }

  #foreign(cause?: unknown): ZkinferError {
    return new ZkinferError('ARTIFACT_FORMAT', 'the file is no circom 2 witness generator over BN254', {
      cause,
      location: { file: this.#file },
    });
  }
}

/** What circom's runtime reports by number. */
class CircuitFault extends Error {
  constructor(readonly code: number) {
    super(`circom fault ${code}`);
  }
}

async function readWasm(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw asIoError('read', path, cause);
    throw new ZkinferError('ARTIFACT_MISSING', `${path} is missing`, { cause, location: { file: path } });
  }
}

function readPrime(exports: CircomExports): bigint {
  exports.getRawPrime();
  let prime = 0n;
  for (let word = WORDS - 1; word >= 0; word--) prime = (prime << 32n) | BigInt(exports.readSharedRWMemory(word) >>> 0);
  return prime;
}

function readMessage(exports: CircomExports): string {
  let message = '';
  for (let code = exports.getMessageChar(); code !== 0; code = exports.getMessageChar()) {
    message += String.fromCharCode(code);
  }
  return message;
}

/** FNV-1a of 64 bits as two words, which may be passed as signed or unsigned. */
function signalHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

function flatten(name: string, value: SignalValue, into: bigint[] = []): bigint[] {
  if (typeof value === 'bigint') into.push(toField(value));
  else if (typeof value === 'object') for (const element of value) flatten(name, element, into);
  else into.push(toField(parseInteger(name, value)));
  return into;
}

function parseInteger(name: string, value: number | string): bigint {
  const valid = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?[0-9]{1,78}$/.test(value);
  if (!valid) {
    throw new ZkinferError('INPUT_VALUE', `a value of the circuit's input ${name} is not an integer`, {
      location: { tensor: name },
    });
  }
  return BigInt(value);
}
