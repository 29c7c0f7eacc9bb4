/** Keys in encrypted files (Web3 Secret Storage, version 3, as geth and others write them). */

import { isKeystoreJson, Wallet } from 'ethers';
import { ZkinferError } from '../errors.js';

/**
 * The private key of a keystore. Takes seconds, by design of the format.
 * @param text of the file
 * @throws USAGE for another file and for a wrong password. No message holds what was given.
 */
export async function decryptKeystore(text: string, password: string): Promise<string> {
  if (!isKeystoreJson(text)) {
    throw new ZkinferError('USAGE', 'the file is not an encrypted key (keystore, version 3)');
  }
  try {
    return (await Wallet.fromEncryptedJson(text, password)).privateKey;
  } catch {
    throw new ZkinferError('USAGE', 'the keystore does not open with this password');
  }
}
