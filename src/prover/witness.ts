/** Calculates witnesses with the generator that circom compiles to WebAssembly. */

import { readFile } from 'node:fs/promises';
import { asIoError } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import { SNARK_FIELD, toField } from '../hash/field.js';
import { CircomProgram, WORDS, type MemoryImage, type SignalWords } from './circom-program.js';
import { withSmallValues } from './small-values.js';
import { makeWtns } from './wtns.js';

/** A value of an input signal; negative ones stand for their residue mod p, strings are decimal. */
export type SignalValue = bigint | number | string | readonly SignalValue[] | Int8Array | Uint8Array;
/** Every input signal of main by name. */
export type WitnessInputs = Readonly<Record<string, SignalValue>>;

/**
 * A compiled witness generator, to be used for many inputs. It keeps one instance of its module, which holds no values between calculations;
 * after a failed one it is made anew.
 */
export class WitnessGenerator {
  readonly #module: WebAssembly.Module;
  readonly #file: string;
  /** Memory of a new instance: the same for all. */
  #image: MemoryImage | undefined;
  /** The instance; it is in use only while one synchronous calculation runs. */
  #program: Promise<CircomProgram> | undefined;

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
      const fast = await compileFast(bytes);
      return new WitnessGenerator(fast ?? (await WebAssembly.compile(bytes)), file);
    } catch (cause) {
      throw new ZkinferError('ARTIFACT_FORMAT', 'the witness generator is damaged', { cause, location: { file } });
    }
  }

  /** A generator of code that is compiled already: that of another one, perhaps on another thread, which then compiles nothing. */
  static of(module: WebAssembly.Module, file = 'circuit.wasm'): WitnessGenerator {
    return new WitnessGenerator(module, file);
  }

  /** The compiled code, which holds no values. */
  get module(): WebAssembly.Module {
    return this.#module;
  }

  /**
   * The witness as a .wtns file.
   * @throws CHECK_FAILED when the inputs do not satisfy the circuit; INPUT_SHAPE, INPUT_VALUE when they are not the circuit's; ARTIFACT_FORMAT
   *   when the module is not a generator over BN254. Messages never hold values.
   */
  async calculate(inputs: WitnessInputs): Promise<Uint8Array> {
    const signals = Object.entries(inputs).map(([name, value]) => signalWords(name, value));
    for (;;) {
      const made = (this.#program ??= CircomProgram.instantiate(this.#module, this.#file));
      try {
        const program = await made;
        // Where a calculation has failed in the meantime, it is not to be used any more.
        if (this.#program === made) return this.#run(program, signals);
      } catch (error) {
        if (this.#program === made) this.#program = undefined;
        throw error;
      }
    }
  }

  #run(program: CircomProgram, signals: readonly SignalWords[]): Uint8Array {
    this.#image ??= program.image();
    program.run(signals);
    const witness = makeWtns(program.witnessLength, (values) => program.readWitness(values));
    program.reset(this.#image);
    return witness;
  }
}

/** The module with a fast path for small values; undefined where it is not quite as circom's modules are known to be. */
async function compileFast(bytes: Uint8Array): Promise<WebAssembly.Module | undefined> {
  try {
    return await WebAssembly.compile(withSmallValues(bytes));
  } catch {
    return undefined;
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

/** p as words, lowest first. */
const PRIME = Array.from({ length: WORDS }, (_, word) => Number((SNARK_FIELD >> BigInt(32 * word)) & 0xffffffffn));

function signalWords(name: string, value: SignalValue): SignalWords {
  const elements: (bigint | number)[] = [];
  flatten(name, value, elements);
  const words = new Uint32Array(WORDS * elements.length);
  elements.forEach((element, i) => {
    if (typeof element === 'number') writeSmall(element, words, WORDS * i);
    else
      for (let word = 0; word < WORDS; word++)
        words[WORDS * i + word] = Number((element >> BigInt(32 * word)) & 0xffffffffn);
  });
  return { name, words };
}

/** Writes an integer of at most 53 bits and a sign as a field element. */
function writeSmall(value: number, words: Uint32Array, at: number): void {
  const magnitude = Math.abs(value);
  words[at] = magnitude;
  words[at + 1] = magnitude / 2 ** 32;
  if (value >= 0) return;
  let borrow = 0;
  for (let word = 0; word < WORDS; word++) {
    const difference = PRIME[word]! - words[at + word]! - borrow;
    borrow = difference < 0 ? 1 : 0;
    words[at + word] = difference;
  }
}

function flatten(name: string, value: SignalValue, into: (bigint | number)[]): void {
  if (typeof value === 'bigint') into.push(toField(value));
  else if (typeof value === 'object') for (const element of value) flatten(name, element, into);
  else into.push(parseInteger(name, value));
}

function parseInteger(name: string, value: number | string): bigint | number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^-?[0-9]{1,78}$/.test(value)) return toField(BigInt(value));
  throw new ZkinferError('INPUT_VALUE', `a value of the circuit's input ${name} is not an integer`, {
    location: { tensor: name },
  });
}
