/** ONNX Runtime in exact mode as an oracle: optimizations on, session.x64quantprecision = 1. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Feed {
  readonly type: 'float32' | 'int8' | 'uint8';
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

export interface OracleOutput {
  readonly data: number[];
  readonly shape: number[];
}

interface Reply {
  readonly id: number;
  readonly outputs?: Record<string, OracleOutput>;
  readonly error?: string;
}

/** One child process that runs models; close it when done. */
export class Oracle {
  private readonly child: ChildProcess = fork(join(import.meta.dirname, 'onnxruntime-child.mjs'));
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private next = 0;

  constructor() {
    this.child.on('message', (reply) => {
      const { id } = reply as Reply;
      this.waiting.get(id)?.(reply as Reply);
      this.waiting.delete(id);
    });
    this.child.on('exit', (code) => {
      for (const [id, resolve] of this.waiting)
        resolve({ id, error: `ONNX Runtime's process ended with code ${code}` });
      this.waiting.clear();
    });
  }

  async run(model: Uint8Array, feeds: Readonly<Record<string, Feed>>): Promise<Record<string, OracleOutput>> {
    const id = this.next++;
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, model: [...model], feeds });
    });
    if (!reply.outputs) throw new Error(reply.error);
    return reply.outputs;
  }

  close(): void {
    this.child.kill();
  }
}
