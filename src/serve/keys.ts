/** API keys: who may ask. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ZkinferError } from '../errors.js';

/** Characters that a key has at least: about 128 bits in base64. */
const SHORTEST = 22;

/** Keys by the names of their owners. Only hashes are kept. */
export class ApiKeys {
  private constructor(private readonly hashes: ReadonlyMap<string, Buffer>) {}

  /**
   * Reads a file of keys: on each line a name and a key, with spaces between them; lines that start with # are left aside.
   * @throws USAGE, naming the line but never what it holds
   */
  static parse(text: string, where: string): ApiKeys {
    const hashes = new Map<string, Buffer>();
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const [name = '', key = '', ...more] = line.trim().split(/\s+/);
      const wrong =
        key === '' || more.length > 0
          ? 'holds not a name and a key'
          : key.length < SHORTEST
            ? `has a key of less than ${SHORTEST} characters`
            : hashes.has(name)
              ? 'has a name that another line has'
              : undefined;
      if (wrong !== undefined) {
        throw new ZkinferError('USAGE', `${where}: line ${i + 1} ${wrong}`, {
          hint: 'write lines such as: alice 5f2b...; `openssl rand -base64 24` makes a key',
        });
      }
      hashes.set(name, hash(key));
    }
    if (hashes.size === 0) throw new ZkinferError('USAGE', `${where} holds no key`);
    return new ApiKeys(hashes);
  }

  /** Whose key it is, in a time that does not depend on the keys. */
  ownerOf(key: string): string | undefined {
    const given = hash(key);
    let owner: string | undefined;
    for (const [name, own] of this.hashes) if (timingSafeEqual(own, given)) owner = name;
    return owner;
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
