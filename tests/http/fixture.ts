import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HttpLimits } from '../../src/http/limits.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { HttpServerOptions, RequestDone } from '../../src/http/server-options.ts';
import type { ApiRequest, ApiResponse, Route } from '../../src/http/types.ts';
import type { Collection } from '../../src/model/collection.ts';
import { guest, type StoredRecord, type Viewer } from '../../src/model/record.ts';
import { type Answer, HttpClient, type OutgoingRequest } from '../../src/testing/http-client.ts';

/** A server with a few routes, and a client for it. */
export class TestServer implements AsyncDisposable {
  readonly server: HttpServer;
  readonly client: HttpClient;
  readonly port: number;
  readonly folder: string;
  readonly done: RequestDone[];

  constructor(server: HttpServer, port: number, folder: string, done: RequestDone[]) {
    this.server = server;
    this.port = port;
    this.folder = folder;
    this.done = done;
    this.client = new HttpClient(`http://127.0.0.1:${port}`);
  }

  send(request: OutgoingRequest): Promise<Answer> {
    return this.client.send(request);
  }

  /** Names of temporary files that are there now. */
  async tempFiles(): Promise<string[]> {
    return readdir(path.join(this.folder, 'temp'));
  }

  /** Sends bytes on a connection of its own and gives all that came back until the server closed it. */
  async exchange(bytes: string | Buffer): Promise<string> {
    const socket = await this.connect();
    socket.write(bytes);
    return readAll(socket);
  }

  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.server.close(0);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Everything that a connection brings until it ends. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** Waits until a condition holds; fails after 8 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 800; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The condition did not come to hold.');
}

/** A route that answers with what `handle` gives as JSON. */
export function route(method: Route['method'], target: string, handle: (request: ApiRequest) => unknown): Route {
  const answer = async (request: ApiRequest): Promise<ApiResponse> => ({ kind: 'json', body: await handle(request) });
  return { method, path: target, access: 'public', handle: answer };
}

/** Starts a server on a free port. Tokens are `user`, `other` and `superuser`. */
export async function openServer(
  routes: readonly Route[],
  options: Partial<Omit<HttpServerOptions, 'limits'>> & { limits?: Partial<HttpLimits> } = {},
): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pando-http-'));
  const done: RequestDone[] = [];
  const server = createHttpServer({
    routes,
    authenticate: (token) => viewers[token] ?? guest,
    findCollection: (name) => collections.find((each) => each.id === name || each.name === name.toLowerCase()),
    tempDir: path.join(folder, 'temp'),
    onRequestDone: (each) => void done.push(each),
    ...options,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return new TestServer(server, port, folder, done);
}

const collections = [
  { id: 'c1', name: 'users' },
  { id: 'c2', name: 'others' },
  { id: 'c0', name: '_superusers' },
] as Collection[];

function viewerOf(collection: Collection, isSuperuser: boolean): Viewer {
  return { auth: { collection, id: 'r1', version: 1, data: {} } satisfies StoredRecord, isSuperuser };
}

const viewers: { readonly [token: string]: Viewer } = {
  user: viewerOf(collections[0]!, false),
  other: viewerOf(collections[1]!, false),
  superuser: viewerOf(collections[2]!, true),
};
