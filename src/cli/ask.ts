/** Questions to whoever sits at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

export type Ask = (question: string, options?: { readonly isSecret?: boolean }) => Promise<string>;

/** Streams of a terminal, or of something else. */
export interface AskStreams {
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** How to ask; nothing where there is nobody to answer. Questions go to stderr, since stdout is for results. */
export function askOn({ stdin, stderr }: AskStreams, signal: AbortSignal): Ask | undefined {
  if (!stdin?.isTTY || !stderr.isTTY) return undefined;
  return async (question, { isSecret = false } = {}) => {
    stderr.write(question);
    // What is typed is shown by the line editor, so a secret gets one without a screen.
    const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
    const lines = createInterface({ input: stdin, output, terminal: true });
    try {
      return await lines.question('', { signal });
    } finally {
      lines.close();
      if (isSecret) stderr.write('\n');
    }
  };
}
