/** Requests to the server that the page came from. */
import type { Inference } from './types.js';

/** Kept until the page is left. */
let apiKey = '';

export function setKey(key: string): void {
  apiKey = key;
}

/** The server asks for a key. */
export class KeyNeeded extends Error {}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }) };
  const response = await fetch(path, { ...init, headers });
  if (response.status === 401) throw new KeyNeeded('the server asks for an API key');
  if (response.ok) return response;
  const error = (await response.json().catch(() => ({}))) as { message?: string; hint?: string };
  const message = error.message ?? `the server answered ${response.status}`;
  throw new Error(error.hint === undefined ? message : `${message} (${error.hint})`);
}

export async function get<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return (await (await request(path, init)).json()) as T;
}

/** Follows an inference until it has ended, by its event stream. */
export async function follow(id: string, changed: (inference: Inference) => void): Promise<Inference> {
  const { body } = await request(`/v1/inferences/${id}/events`);
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let latest: Inference | undefined;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) changed((latest = JSON.parse(data) as Inference));
    }
  }
  if (latest === undefined) throw new Error('the server ended the events');
  return latest;
}
