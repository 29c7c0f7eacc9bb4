/** The text of the interface that every generated contract carries at its top. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ZkinferError } from '../errors.js';

const INTERFACE_FILE = new URL('../../verifier-contracts/interfaces/IVerifiableModel.sol', import.meta.url);

/**
 * IVerifiableModel without its license line and pragma.
 * @throws IO when this installation lacks the file.
 */
export function interfaceSource(): string {
  try {
    const text = readFileSync(INTERFACE_FILE, 'utf8');
    return text.slice(text.indexOf('/// @title')).trimEnd();
  } catch (cause) {
    throw new ZkinferError('IO', 'cannot read the Solidity interface', {
      cause,
      location: { file: fileURLToPath(INTERFACE_FILE) },
      hint: 'install zkinfer again',
    });
  }
}
