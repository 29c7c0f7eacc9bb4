/** Progress on stderr: a bar with rate and time left on a terminal, plain lines elsewhere. */
import { SingleBar } from 'cli-progress';
import type { ProgressCallback, ProgressEvent } from '../progress.js';
import { duration, grouped } from './table.js';

export interface ProgressSink {
  readonly onProgress: ProgressCallback;
  /** Ends a bar that is still open. */
  readonly stop: () => void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

export const SILENT: ProgressSink = { onProgress: () => undefined, stop: () => undefined };

/** Chooses by whether the stream is a terminal. */
export function openProgress(options: ProgressOptions): ProgressSink {
  return options.stream.isTTY ? barProgress(options) : lineProgress(options);
}

/** Plain lines are at least so far apart within one stage, in milliseconds. */
const LINE_INTERVAL = 10_000;

/** One line per stage, and further ones with counts while a stage goes on. */
export function lineProgress({ stream, now = Date.now }: ProgressOptions): ProgressSink {
  let stage = '';
  let last = 0;
  return {
    onProgress: (event) => {
      if (event.stage !== stage) {
        stage = event.stage;
        last = now();
        stream.write(`${stage}\n`);
      } else if (event.total !== undefined && now() - last >= LINE_INTERVAL) {
        last = now();
        stream.write(`${stage}: ${grouped(event.done ?? 0)} of ${grouped(event.total)}\n`);
      }
    },
    stop: () => undefined,
  };
}

function barProgress({ stream, now = Date.now }: ProgressOptions): ProgressSink {
  let bar: SingleBar | undefined;
  let stage = '';
  let started = 0;
  const stop = (): void => {
    bar?.stop();
    if (bar === undefined && stage !== '') stream.write('\r\u001b[2K');
    bar = undefined;
    stage = '';
  };
  const begin = (event: ProgressEvent): void => {
    stop();
    stage = event.stage;
    started = now();
    if (event.total === undefined) stream.write(`${stage} ...`);
  };
  return {
    onProgress: (event) => {
      if (event.stage !== stage) begin(event);
      const { done = 0, total } = event;
      if (total === undefined) return;
      if (bar === undefined) {
        bar = openBar(stream);
        bar.start(total, done, { stage, rate: '-', left: '-' });
        return;
      }
      const elapsed = Math.max(1, now() - started);
      const rate = (1000 * done) / elapsed;
      const left = rate > 0 ? duration((1000 * Math.max(0, total - done)) / rate) : '-';
      bar.setTotal(total);
      bar.update(done, { stage, rate: rateText(rate), left });
    },
    stop,
  };
}

/** `1,234/s`, `3.4/s`, `12/min` for what is slower than once a second. */
export function rateText(perSecond: number): string {
  if (perSecond >= 10) return `${grouped(Math.round(perSecond))}/s`;
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(60 * perSecond).toFixed(perSecond < 0.1 ? 1 : 0)}/min`;
}

function openBar(stream: NodeJS.WritableStream): SingleBar {
  return new SingleBar({
    format: '{stage} [{bar}] {percentage} %, {rate}, {left} left',
    stream,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    fps: 8,
  });
}
