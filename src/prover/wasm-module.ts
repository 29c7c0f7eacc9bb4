/** WebAssembly modules as bytes whose functions can be replaced (https://webassembly.github.io/spec/core/binary). */

const SECTION = { custom: 0, type: 1, import: 2, function: 3, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Unsigned LEB128. */
export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128. */
export function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new RangeError('the module is cut');
    return value;
  }
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('the module is cut');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  text(): string {
    return Buffer.from(this.take(this.unsigned())).toString('utf8');
  }
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.unsigned() }, read);
  }
}

interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

/** The functions of a module. Indices are those of the module: imported functions come first. */
export class WasmModule {
  readonly #sections: readonly Section[];
  readonly #types: string[];
  /** Those that the module has, and those that were added. */
  readonly #typeBytes: Uint8Array[];
  readonly #imported: number;
  readonly #functionTypes: number[];
  readonly #bodies: Uint8Array[];
  readonly #names: ReadonlyMap<string, number>;

  /** @throws RangeError or SyntaxError where the bytes are no module, or of a kind that circom does not write. */
  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    if (Buffer.compare(reader.take(HEADER.length), HEADER) !== 0) throw new SyntaxError('it is no module');
    const sections: Section[] = [];
    while (reader.at < bytes.length) {
      const id = reader.byte();
      sections.push({ id, content: reader.take(reader.unsigned()) });
    }
    const contentOf = (id: number): Reader =>
      new Reader(sections.find((section) => section.id === id)?.content ?? Uint8Array.of(0));
    this.#sections = sections;
    const types = contentOf(SECTION.type);
    this.#types = types.list(() => {
      if (types.byte() !== FUNCTION_TYPE) throw new SyntaxError('a type is none of a function');
      const [parameters, results] = [types.take(types.unsigned()), types.take(types.unsigned())];
      return signature([...parameters], [...results]);
    });
    this.#typeBytes = [types.bytes.subarray(unsignedLeb(this.#types.length).length)];
    const imports = contentOf(SECTION.import);
    this.#imported = imports.list(() => {
      imports.text();
      imports.text();
      if (imports.byte() !== 0) throw new SyntaxError('something other than a function is imported');
      return imports.unsigned();
    }).length;
    const functions = contentOf(SECTION.function);
    this.#functionTypes = functions.list(() => functions.unsigned());
    const code = contentOf(SECTION.code);
    this.#bodies = code.list(() => code.take(code.unsigned()));
    this.#names = functionNames(sections);
  }

  /** Index of the function of a name, which must have these types. */
  find(name: string, parameters: readonly number[], results: readonly number[]): number {
    const index = this.#names.get(name);
    const type = index === undefined ? undefined : this.#functionTypes[index - this.#imported];
    if (index === undefined || type === undefined || this.#types[type] !== signature(parameters, results)) {
      throw new SyntaxError(`there is no function ${name} of these types`);
    }
    return index;
  }

  /** Adds a function. @param body locals and code @returns its index */
  add(parameters: readonly number[], results: readonly number[], body: readonly number[]): number {
    const wanted = signature(parameters, results);
    const found = this.#types.indexOf(wanted);
    if (found === -1) {
      this.#types.push(wanted);
      const lists = [parameters, results].flatMap((list) => [...unsignedLeb(list.length), ...list]);
      this.#typeBytes.push(Uint8Array.of(FUNCTION_TYPE, ...lists));
    }
    this.#functionTypes.push(found === -1 ? this.#types.length - 1 : found);
    this.#bodies.push(Uint8Array.from(body));
    return this.#imported + this.#bodies.length - 1;
  }

  /** Gives a function another body. @param make of the index that the old body has from now on */
  replace(index: number, make: (old: number) => readonly number[]): void {
    const place = index - this.#imported;
    this.#functionTypes.push(this.#functionTypes[place]!);
    this.#bodies.push(this.#bodies[place]!);
    this.#bodies[place] = Uint8Array.from(make(this.#imported + this.#bodies.length - 1));
  }

  encode(): Uint8Array {
    const chunks: Uint8Array[] = [HEADER];
    for (const { id, content } of this.#sections) {
      const parts = this.#contentOf(id) ?? [content];
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      chunks.push(Uint8Array.of(id, ...unsignedLeb(size)), ...parts);
    }
    return Buffer.concat(chunks);
  }

  /** New content of a section; undefined where it stays. */
  #contentOf(id: number): Uint8Array[] | undefined {
    if (id === SECTION.type) return [Uint8Array.from(unsignedLeb(this.#types.length)), ...this.#typeBytes];
    if (id === SECTION.function) {
      return [Uint8Array.from([this.#functionTypes.length, ...this.#functionTypes].flatMap(unsignedLeb))];
    }
    if (id !== SECTION.code) return undefined;
    const count = Uint8Array.from(unsignedLeb(this.#bodies.length));
    return [count, ...this.#bodies.flatMap((body) => [Uint8Array.from(unsignedLeb(body.length)), body])];
  }
}

function signature(parameters: readonly number[], results: readonly number[]): string {
  return `${parameters.join(',')}>${results.join(',')}`;
}

/** Of the custom section `name`. */
function functionNames(sections: readonly Section[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const { content } of sections.filter(({ id }) => id === SECTION.custom)) {
    const reader = new Reader(content);
    if (reader.text() !== 'name') continue;
    while (reader.at < content.length) {
      const kind = reader.byte();
      const part = new Reader(reader.take(reader.unsigned()));
      if (kind !== 1) continue;
      for (const [index, name] of part.list(() => [part.unsigned(), part.text()] as const)) names.set(name, index);
    }
  }
  return names;
}
