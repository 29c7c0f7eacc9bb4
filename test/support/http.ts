/** HTTP requests whose paths are sent as they are: fetch would tidy them up. */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

export interface Ask {
  readonly url: string;
  readonly method?: string;
  /** An object is sent as JSON. */
  readonly payload?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  json<T = unknown>(): T;
}

export function ask(server: Server, { url, method = 'GET', payload, headers = {} }: Ask): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const isJson = typeof payload === 'object';
  const content = payload === undefined ? {} : isJson ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: url, method, headers: { ...content, ...headers }, agent: false },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            statusCode: response.statusCode!,
            headers: response.headers,
            body,
            json: <T>() => JSON.parse(body) as T,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(isJson ? JSON.stringify(payload) : payload);
  });
}
