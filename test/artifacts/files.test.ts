import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileBytes, replaceFile, sha256Bytes, sha256File, writeFileAtomic } from '../../src/artifacts/files.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-files-'));
});
afterEach(async () => {
  await chmod(dir, 0o700);
  await rm(dir, { recursive: true });
});

describe('writeFileAtomic', () => {
  it('writes the whole file and leaves nothing else', async () => {
    const path = join(dir, 'a.json');
    await writeFileAtomic(path, '{"a":1}\n');
    await writeFileAtomic(path, new Uint8Array([1, 2, 3]));
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('gives the file the permissions asked for', async () => {
    const path = join(dir, 'secret.json');
    await writeFileAtomic(path, 'x', { mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('leaves the old file and no temporary file when cancelled', async () => {
    const path = join(dir, 'a.json');
    await writeFileAtomic(path, 'old');
    await expect(writeFileAtomic(path, 'new', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('says why a folder cannot be written', async () => {
    await expect(writeFileAtomic(join(dir, 'none', 'a.json'), 'x')).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('no such file or folder') as string,
    });
  });

  it('does not replace a folder', async () => {
    await mkdir(join(dir, 'a.json'));
    await expect(writeFileAtomic(join(dir, 'a.json'), 'x')).rejects.toMatchObject({ code: 'IO' });
    expect(await readdir(dir)).toEqual(['a.json']);
  });
});

describe('replaceFile', () => {
  it('leaves nothing of a write that fails half way', async () => {
    const path = join(dir, 'circuit.zkey');
    await writeFile(path, 'old');
    const failure = new Error('out of luck');
    const write = replaceFile(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw failure;
    });
    await expect(write).rejects.toBe(failure);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['circuit.zkey']);
  });

  it('leaves nothing when cancelled after the content was written', async () => {
    const controller = new AbortController();
    const write = replaceFile(
      join(dir, 'circuit.zkey'),
      async (temporary) => {
        await writeFile(temporary, 'whole');
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(write).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('shows readers the old file until the new one is whole', async () => {
    const path = join(dir, 'a');
    await writeFile(path, 'old');
    await replaceFile(path, async (temporary) => {
      await writeFile(temporary, 'ne');
      expect(await readFile(path, 'utf8')).toBe('old');
      await writeFile(temporary, 'new');
    });
    expect(await readFile(path, 'utf8')).toBe('new');
  });
});

describe('sha256File', () => {
  it('hashes what sha256Bytes hashes, over chunk borders', async () => {
    const data = new Uint8Array(3 * (1 << 20) + 17).map((_, i) => i % 251);
    await writeFile(join(dir, 'big'), data);
    expect(await sha256File(join(dir, 'big'))).toEqual(sha256Bytes(data));
  });

  it('gives the known hash of the empty file', async () => {
    await writeFile(join(dir, 'empty'), '');
    expect(await sha256File(join(dir, 'empty'))).toEqual({
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      bytes: 0,
    });
  });

  it('names a missing file', async () => {
    await expect(sha256File(join(dir, 'none'))).rejects.toMatchObject({
      code: 'IO',
      location: { file: join(dir, 'none') },
    });
    await expect(readFileBytes(dir)).rejects.toMatchObject({ code: 'IO' });
  });
});
