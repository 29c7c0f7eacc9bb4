/** The local node as a process: it starts, it stops, it never outlives its owner. */
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { anvilBinary, startAnvil } from '../../src/chain/anvil.js';
import { connect } from '../../src/chain/connection.js';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitUntilGone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (!isRunning(pid)) return true;
    await sleep(50);
  }
  return false;
}

describe('startAnvil', () => {
  it('runs several nodes at a time, on free ports, until they are stopped', async () => {
    const [a, b] = await Promise.all([startAnvil(), startAnvil()]);
    expect(a.rpcUrl).not.toBe(b.rpcUrl);
    const connection = await connect({ rpcUrl: a.rpcUrl });
    expect((await connection.provider.getNetwork()).chainId).toBe(31337n);
    connection.close();
    await Promise.all([a.stop(), b.stop()]);
    expect([isRunning(a.pid), isRunning(b.pid)]).toEqual([false, false]);
    await expect(a.stop()).resolves.toBeUndefined();
    await expect(connect({ rpcUrl: a.rpcUrl })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });

  it('ends the node when its owner is killed', async () => {
    // The owner holds the guard's standard input, as this process does in startAnvil.
    const anvil = await startAnvil();
    const guardSource = `
      const { spawn } = require('node:child_process');
      const guard = spawn(process.execPath, ['-e', process.argv[1], ...process.argv.slice(2)], { stdio: ['pipe', 'inherit', 'inherit'] });
      setInterval(() => {}, 1000);`;
    await anvil.stop();
    const { ANVIL_GUARD } = await import('../../src/chain/anvil.js');
    const owner = spawn(process.execPath, ['-e', guardSource, ANVIL_GUARD, anvilBinary(), '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    owner.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    while (!printed.includes('Listening on')) await sleep(20);
    const pid = Number(/guarded pid (\d+)/.exec(printed)?.[1]);
    expect(isRunning(pid)).toBe(true);
    owner.kill('SIGKILL');
    expect(await waitUntilGone(pid)).toBe(true);
  });

  it('says why it cannot start', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(startAnvil({ port })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/anvil ended instead of listening: .*in use/is),
    });
    server.close();
    await expect(startAnvil({ hardfork: 'no-such-fork' })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('no-such-fork'),
    });
    await expect(startAnvil({ startTimeout: 0 })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: 'anvil did not start in time',
    });
  });

  it('can be cancelled', async () => {
    await expect(startAnvil({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    const starting = startAnvil({ signal: controller.signal });
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
