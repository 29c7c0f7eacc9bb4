/** The bytes that `UniversalVerifier.registerKey` takes, and the id that names them (docs: verifiers, section "Key data"). */

import type { Hex, Manifest, VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes, isHex32, toHex } from '../hash/bytes.js';
import { isFieldElement } from '../hash/field.js';
import { keccak256Hex } from '../hash/keccak.js';
import { descriptionBytes } from './description.js';
import { isDevelopmentKey } from './development.js';
import { readContractKey, type ContractKey } from './key.js';
import { layoutWord, recordBytes, recordWords, type RecordWord } from './record.js';

/** What a contract is made from, or a key registered. */
export interface KeySource {
  readonly manifest: Manifest;
  readonly verificationKey: VerificationKey;
  /** SHA-256 of model.onnx in hex, with or without 0x. Absent where the weights are committed: the file is not known. */
  readonly onnxSha256?: string;
  /** Field element; present exactly where the weights are committed. */
  readonly weightsCommitment?: bigint;
  /** IPFS CID of model.onnx. */
  readonly cid?: string;
}

export interface KeyData {
  /** Names key, statement and description; what contracts that use the universal verifier must name. */
  readonly keyId: Hex;
  readonly data: Hex;
}

/** A key source whose parts are checked against one another. */
export interface CheckedKey {
  readonly key: ContractKey;
  readonly words: readonly RecordWord[];
  readonly onnxSha256: Hex;
  readonly cid: string;
  readonly development: boolean;
  readonly keyData: KeyData;
}

/**
 * Creation code up to the key's data, the STOP byte before them included (verifier-contracts/lib/KeyStore.sol).
 */
const CREATION_PREFIX = Uint8Array.of(0x60, 0x0b, 0x38, 0x03, 0x80, 0x60, 0x0b, 0x5f, 0x39, 0x5f, 0xf3, 0x00);

/**
 * Data and id of a key. Does not decide whether the key may be used: see assertExportable.
 * @throws as checkKey.
 */
export function encodeKeyData(source: KeySource): KeyData {
  return checkKey(source).keyData;
}

/**
 * @throws ARTIFACT_MISSING before setup, ARTIFACT_MISMATCH for the hash of another ONNX file, KEY_UNSAFE, ARTIFACT_FORMAT, MODEL_UNSUPPORTED
 * for what no contract can describe, USAGE for text that is no CID.
 */
export function checkKey(source: KeySource): CheckedKey {
  const { manifest, weightsCommitment = 0n, cid = '' } = source;
  if (!isHex32(manifest.modelId)) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'the model id is not 32 bytes in lower-case hex', {
      location: { file: 'manifest.json' },
    });
  }
  if (!isFieldElement(weightsCommitment)) {
    throw new ZkinferError('USAGE', 'the weights commitment is not a field element');
  }
  const development = isDevelopmentKey(manifest);
  const onnxSha256 = checkedOnnxHash(source);
  const key = readContractKey(source.verificationKey);
  const record = {
    key,
    modelId: BigInt(manifest.modelId),
    layout: layoutWord(manifest.statement, development),
    weightsCommitment,
  };
  const description = descriptionBytes({ layout: manifest.statement, onnxSha256, cid: checkedCid(cid) });
  const data = Buffer.concat([recordBytes(record), description]);
  const keyData = { keyId: keccak256Hex(Buffer.concat([CREATION_PREFIX, data])), data: toHex(data) };
  return { key, words: recordWords(record), onnxSha256, cid, development, keyData };
}

function checkedOnnxHash({ manifest, onnxSha256, weightsCommitment }: KeySource): Hex {
  if ((manifest.statement.weights === 'committed') !== (weightsCommitment !== undefined)) {
    throw new ZkinferError('INTERNAL', 'a verifier needs a weights commitment exactly where weights are committed');
  }
  if (onnxSha256 === undefined) return `0x${'0'.repeat(64)}`;
  const hash = toHex(hex32ToBytes(onnxSha256, 'the sha256 of the model'));
  const recorded = manifest.files['model.onnx'];
  if (recorded !== undefined && toHex(hex32ToBytes(recorded.sha256, 'the sha256 of the model')) !== hash) {
    throw new ZkinferError('ARTIFACT_MISMATCH', 'the manifest names another ONNX file', {
      location: { file: 'model.onnx' },
    });
  }
  return hash;
}

/** CIDv0 in base58, CIDv1 in base32, base36, base58 or hex, by the alphabets of their multibase prefixes. */
const CID_FORMS = [
  /^Qm[1-9A-HJ-NP-Za-km-z]{44}$/,
  /^b[a-z2-7]{20,200}$/,
  /^k[a-z0-9]{20,200}$/,
  /^z[1-9A-HJ-NP-Za-km-z]{20,200}$/,
  /^f[0-9a-f]{20,200}$/,
];

/** Whether text is an IPFS CID. */
export function isCid(text: string): boolean {
  return CID_FORMS.some((form) => form.test(text));
}

function checkedCid(cid: string): string {
  if (cid === '' || isCid(cid)) return cid;
  throw new ZkinferError('USAGE', 'the text is not an IPFS CID', {
    hint: 'give the CID alone, such as bafy... or Qm..., without ipfs://',
  });
}
