/** The models of a queue, and their files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { asIoError, replaceFile, sha256File, systemErrorCode } from '../artifacts/files.js';
import type { Hex } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import type { ProgressCallback } from '../progress.js';
import { patiently, type Patience } from './database.js';
import type { Queue } from './open.js';
import { SCHEMA } from './schema.js';

/** What the proofs of one list of jobs have in common. */
export interface QueueModel {
  /** Names its list of jobs: SHA-256 in hex of the other three. */
  readonly key: string;
  readonly modelId: Hex;
  /** SHA-256 of verification_key.json: with other keys for the same model, proofs are others. */
  readonly verificationKey: string;
  readonly weightsCommitment?: Hex;
}

export type QueueModelFiles = QueueModel & {
  /** SHA-256 by name. */
  readonly files: Readonly<Record<string, string>>;
};

const DOMAIN = 'zkinfer queue 1\0';

export function queueModel(parts: Omit<QueueModel, 'key'>): QueueModel {
  const { modelId, verificationKey, weightsCommitment = `0x${'00'.repeat(32)}` } = parts;
  const hash = createHash('sha256').update(DOMAIN);
  for (const word of [modelId.slice(2), verificationKey, weightsCommitment.slice(2)]) hash.update(word, 'hex');
  return { key: hash.digest('hex'), ...parts };
}

/** Of pg-boss; what it takes as never. */
const KEEP_MINUTES = 60 * 24 * 3650;

/** Makes a model and its list of jobs known; nothing happens where they are. @throws QUEUE_UNREACHABLE */
export async function registerModel({ database, boss }: Queue, model: QueueModelFiles): Promise<void> {
  const { key, modelId, verificationKey, weightsCommitment, files } = model;
  await boss.createQueue(key, { name: key, policy: 'standard', retentionMinutes: KEEP_MINUTES });
  await database.query(
    `INSERT INTO ${SCHEMA}.model (key, model_id, verification_key, weights_commitment, files)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE SET files = EXCLUDED.files`,
    [key, modelId, verificationKey, weightsCommitment ?? null, JSON.stringify(files)],
  );
}

interface ModelRow {
  readonly key: string;
  readonly model_id: Hex;
  readonly verification_key: string;
  readonly weights_commitment: Hex | null;
  readonly files: Record<string, string>;
}

const COLUMNS = 'key, model_id, verification_key, weights_commitment, files';

function fromRow(row: ModelRow): QueueModelFiles {
  const { key, model_id: modelId, verification_key: verificationKey, weights_commitment: weights, files } = row;
  return { key, modelId, verificationKey, files, ...(weights === null ? {} : { weightsCommitment: weights }) };
}

/** All models, or those of one model id. @throws QUEUE_UNREACHABLE */
export async function listModels({ database }: Queue, modelId?: Hex): Promise<QueueModelFiles[]> {
  const { rows } = await database.query<ModelRow>(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.model WHERE $1::text IS NULL OR model_id = $1 ORDER BY registered_on, key`,
    [modelId ?? null],
  );
  return rows.map(fromRow);
}

/** Models of which the queue holds all files, and that take no weights of the worker's. @throws QUEUE_UNREACHABLE */
export async function listFetchable({ database }: Queue): Promise<QueueModelFiles[]> {
  const { rows } = await database.query<ModelRow>(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.model WHERE weights_commitment IS NULL AND NOT EXISTS (
       SELECT FROM jsonb_each_text(files) file
       LEFT JOIN ${SCHEMA}.artifact ON sha256 = file.value AND completed_on IS NOT NULL
       WHERE sha256 IS NULL)`,
  );
  return rows.map(fromRow);
}

/** Bytes of one row. */
export const PIECE_BYTES = 8 << 20;

export interface TransferOptions extends Patience {
  readonly onProgress?: ProgressCallback;
}

/**
 * Puts a file into the queue by its hash, in pieces; what is there is not sent again.
 * @throws ARTIFACT_MISMATCH where the file changes meanwhile; IO, ABORTED, QUEUE_UNREACHABLE
 */
export async function uploadArtifact({ database }: Queue, path: string, options: TransferOptions = {}): Promise<void> {
  const { signal, onProgress } = options;
  const { sha256, bytes } = await sha256File(path, signal);
  const patient = <T>(work: () => Promise<T>): Promise<T> => patiently(work, options);
  const { count } = await patient(() =>
    database.query(`SELECT FROM ${SCHEMA}.artifact WHERE sha256 = $1 AND completed_on IS NOT NULL`, [sha256]),
  );
  if (count > 0) return;
  await patient(() =>
    database.query(`INSERT INTO ${SCHEMA}.artifact VALUES ($1, $2) ON CONFLICT DO NOTHING`, [sha256, bytes]),
  );
  const hash = createHash('sha256');
  let [number, done] = [0, 0];
  for await (const data of readPieces(path)) {
    throwIfAborted(signal);
    hash.update(data);
    onProgress?.({ stage: `sending ${path}`, done, total: bytes });
    await patient(() =>
      database.query(
        `INSERT INTO ${SCHEMA}.piece VALUES ($1, $2, $3) ON CONFLICT (sha256, number) DO UPDATE SET data = EXCLUDED.data`,
        [sha256, number, data],
      ),
    );
    number += 1;
    done += data.length;
  }
  if (hash.digest('hex') !== sha256) {
    throw new ZkinferError('ARTIFACT_MISMATCH', `${path} was changed while it was sent`, { location: { file: path } });
  }
  await patient(() => database.query(`UPDATE ${SCHEMA}.artifact SET completed_on = now() WHERE sha256 = $1`, [sha256]));
}

async function* readPieces(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      parts.push(chunk);
      length += chunk.length;
      if (length < PIECE_BYTES) continue;
      yield Buffer.concat(parts);
      [parts, length] = [[], 0];
    }
  } catch (error) {
    throw asIoError('read', path, error);
  }
  if (length > 0) yield Buffer.concat(parts);
}

/**
 * Brings the files of a model into a folder; those that are there with the right hash stay.
 *
 * @param names default: all
 * @throws QUEUE_MODEL where the queue does not hold them; ARTIFACT_MISMATCH where what it holds is of another hash; IO, ABORTED
 */
export async function fetchModel(
  queue: Queue,
  model: QueueModelFiles,
  dir: string,
  options: TransferOptions & { readonly names?: readonly string[] } = {},
): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw asIoError('write', dir, error);
  }
  for (const name of options.names ?? Object.keys(model.files)) {
    const sha256 = model.files[name];
    if (sha256 === undefined || !/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) throw notHeld(name);
    await fetchArtifact(queue, sha256, join(dir, name), options);
  }
}

async function fetchArtifact(queue: Queue, sha256: string, path: string, options: TransferOptions): Promise<void> {
  const { signal, onProgress } = options;
  if ((await hashOf(path, signal)) === sha256) return;
  const { database } = queue;
  const { rows } = await patiently(
    () =>
      database.query<{ bytes: string }>(
        `SELECT bytes FROM ${SCHEMA}.artifact WHERE sha256 = $1 AND completed_on IS NOT NULL`,
        [sha256],
      ),
    options,
  );
  if (rows[0] === undefined) throw notHeld(path);
  const total = Number(rows[0].bytes);
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    const hash = createHash('sha256');
    try {
      for (let [number, done] = [0, 0]; done < total; number++) {
        throwIfAborted(signal);
        onProgress?.({ stage: `fetching ${path}`, done, total });
        const piece = await patiently(
          () =>
            database.query<{ data: Buffer }>(`SELECT data FROM ${SCHEMA}.piece WHERE sha256 = $1 AND number = $2`, [
              sha256,
              number,
            ]),
          options,
        );
        if (piece.rows[0] === undefined) throw notHeld(path);
        const { data } = piece.rows[0];
        hash.update(data);
        done += data.length;
        await file.appendFile(data);
      }
    } finally {
      await file.close();
    }
    if (hash.digest('hex') === sha256) return;
    throw new ZkinferError('ARTIFACT_MISMATCH', `the queue holds another file than it says for ${path}`, {
      location: { file: path },
      hint: 'it was damaged or changed in the database: do not use this queue',
    });
  });
}

async function hashOf(path: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return (await sha256File(path, signal)).sha256;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function notHeld(file: string): ZkinferError {
  return new ZkinferError('QUEUE_MODEL', `the queue does not hold ${file}`, {
    hint: 'send the files with `zkinfer batch DIR ... --queue URL --upload`',
  });
}
