/**
 * One instance of a witness generator that circom compiled to WebAssembly. The interface of such modules is that of circom 2's generated
 * `witness_calculator.js`: values pass through a shared buffer of 32-bit words in the module's memory, signals are named by their FNV-1a hash.
 */

import { ZkinferError } from '../errors.js';
import { SNARK_FIELD } from '../hash/field.js';

/** Words of a field element. */
export const WORDS = 8;

/** In the word before a value: all its words count, as a canonical integer. */
const LONG = 0x80000000;

/** The exports of circom's module that are used here. */
interface CircomExports {
  readonly memory: WebAssembly.Memory;
  getVersion(): number;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  /** Address of the shared buffer. */
  getSharedRWMemoryStart(): number;
  init(sanityCheck: number): void;
  /** Converts one value into the shared buffer. */
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

/** What circom's runtime reports by number. */
class CircuitFault extends Error {
  constructor(readonly code: number) {
    super(`circom fault ${code}`);
  }
}

/** What is compared, kept and put back as one; memory is a multiple of it. */
const ZERO = Buffer.alloc(4096);

/** The memory of an instance before it has run: the blocks that are not zero, by their address. */
export type MemoryImage = ReadonlyMap<number, Uint8Array>;

/** The values of an input signal, as words: WORDS for each element, canonical, lowest first. */
export interface SignalWords {
  readonly name: string;
  readonly words: Uint32Array;
}

/**
 * An instance that can run many times. All that a run leaves behind is in the module's memory, which `reset` makes what it was; after a fault,
 * the instance must not be used again.
 */
export class CircomProgram {
  readonly #exports: CircomExports;
  readonly #messages: string[];
  readonly #file: string;
  /** Index of the shared buffer in the memory's words. */
  readonly #shared: number;

  private constructor(exports: CircomExports, messages: string[], file: string) {
    this.#exports = exports;
    this.#messages = messages;
    this.#file = file;
    this.#shared = exports.getSharedRWMemoryStart() / 4;
  }

  /**
   * @param file what to call the module in errors
   * @throws ARTIFACT_FORMAT when the module is not a generator over BN254
   */
  static async instantiate(module: WebAssembly.Module, file: string): Promise<CircomProgram> {
    let exports: CircomExports;
    const messages: string[] = [];
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
      exports = (await WebAssembly.instantiate(module, { runtime })).exports as unknown as CircomExports;
      if (exports.getVersion() === 2 && exports.getFieldNumLen32() === WORDS) {
        const program = new CircomProgram(exports, messages, file);
        if (program.#prime() === SNARK_FIELD) return program;
      }
    } catch (cause) {
      throw foreign(file, cause);
    }
    throw foreign(file);
  }

  /** What the memory holds now. */
  image(): MemoryImage {
    const bytes = Buffer.from(this.#exports.memory.buffer);
    const blocks = new Map<number, Uint8Array>();
    for (let start = 0; start < bytes.length; start += ZERO.length) {
      const block = bytes.subarray(start, start + ZERO.length);
      if (!block.equals(ZERO)) blocks.set(start, Uint8Array.from(block));
    }
    return blocks;
  }

  /** Makes the memory what it was; what it has grown by is zero, as new memory is. Nothing of the last run's values stays. */
  reset(blocks: MemoryImage): void {
    const bytes = new Uint8Array(this.#exports.memory.buffer);
    bytes.fill(0);
    for (const [start, block] of blocks) bytes.set(block, start);
  }

  /**
   * Sets all inputs, which runs the circuit.
   * @throws INPUT_SHAPE when they are not the circuit's; CHECK_FAILED when they do not satisfy it; TOOL_FAILED when the module crashes.
   *   Messages never hold values.
   */
  run(inputs: readonly SignalWords[]): void {
    const exports = this.#exports;
    this.#guard(() => exports.init(0));
    let set = 0;
    for (const { name, words } of inputs) {
      const [high, low] = signalHash(name);
      const count = words.length / WORDS;
      const size = exports.getInputSignalSize(high, low);
      if (size !== count) {
        const what = size < 0 ? 'does not exist' : `has ${size} elements, not ${count}`;
        throw new ZkinferError('INPUT_SHAPE', `the circuit's input ${name} ${what}`, { location: { tensor: name } });
      }
      this.#guard(() => {
        for (let index = 0; index < count; index++) {
          // Anew each time: the buffer is another one when the memory has grown.
          const memory = new Uint32Array(exports.memory.buffer, 4 * (this.#shared - 2), 2 + WORDS);
          memory[1] = LONG;
          for (let word = 0; word < WORDS; word++) memory[2 + word] = words[WORDS * index + word]!;
          exports.setInputSignal(high, low, index);
        }
      });
      set += count;
    }
    const expected = exports.getInputSize();
    if (set !== expected)
      throw new ZkinferError('INPUT_SHAPE', `the circuit takes ${expected} input values, not ${set}`);
  }

  get witnessLength(): number {
    return this.#exports.getWitnessSize();
  }

  /** After `run`: writes all values, canonical, WORDS words each. */
  readWitness(values: Uint32Array): void {
    const { getWitness, memory } = this.#exports;
    const count = this.witnessLength;
    const words = new Uint32Array(memory.buffer);
    const shared = this.#shared;
    for (let i = 0, at = 0; i < count; i++) {
      getWitness(i);
      for (let word = shared; word < shared + WORDS; word++) values[at++] = words[word]!;
    }
  }

  #prime(): bigint {
    this.#exports.getRawPrime();
    const words = new Uint32Array(this.#exports.memory.buffer, 4 * this.#shared, WORDS);
    return words.reduceRight((prime, word) => (prime << 32n) | BigInt(word), 0n);
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (cause) {
      const trace = this.#messages.map((message) => message.trim()).filter((message) => message !== '');
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
}

function foreign(file: string, cause?: unknown): ZkinferError {
  return new ZkinferError('ARTIFACT_FORMAT', 'the file is no circom 2 witness generator over BN254', {
    cause,
    location: { file },
  });
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
