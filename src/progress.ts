/** How long work tells how far it is. Called often; must be cheap. Never carries private values. */
export interface ProgressEvent {
  /** Short name of the step in the present participle: `reading model`, `fixed-base multiplication`. */
  readonly stage: string;
  /** Units done and in all, where countable. */
  readonly done?: number;
  readonly total?: number;
}
export type ProgressCallback = (event: ProgressEvent) => void;

/** Options that every long-running function takes. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
}
