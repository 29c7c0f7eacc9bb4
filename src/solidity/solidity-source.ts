/** The files of verifier-contracts/ that generated contracts carry, so that they import nothing. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ZkinferError } from '../errors.js';

const FOLDER = new URL('../../verifier-contracts/', import.meta.url);

/**
 * A file without its license line, pragma and imports.
 * @param path in verifier-contracts/
 * @throws IO when this installation lacks the file.
 */
export function soliditySource(path: string): string {
  const file = new URL(path, FOLDER);
  try {
    const text = readFileSync(file, 'utf8');
    return text.slice(text.indexOf('/// @title')).trimEnd();
  } catch (cause) {
    throw new ZkinferError('IO', 'cannot read the Solidity sources', {
      cause,
      location: { file: fileURLToPath(file) },
      hint: 'install zkinfer again',
    });
  }
}
