import { type Answer, HttpClient } from '../../src/testing/http-client.ts';
import { World, type WorldRequest } from '../../src/testing/world.ts';
import type { ServerUnderTest } from '../../src/testing/start-server.ts';

/**
 * Many connections to one server. Each carries one request at a time, so it stays one connection, and so with one thread: the
 * kernel chooses the thread by the connection. With 16 of them, all go to the same of two threads once in 32,768 times.
 */
export class Connections {
  /** Who is signed in, and forms for making fixtures. */
  readonly world: World;
  readonly count: number;
  readonly #clients: HttpClient[];
  readonly #last: Promise<unknown>[];
  #next = 0;

  constructor(server: ServerUnderTest, count = 16) {
    this.world = new World(server);
    this.count = count;
    this.#clients = Array.from({ length: count }, () => new HttpClient(server.baseUrl));
    this.#last = this.#clients.map(() => Promise.resolve());
  }

  /** Sends over one of the connections, after what was sent over it before. */
  send(index: number, { as = 'guest', headers, ...rest }: WorldRequest): Promise<Answer> {
    const own: { [name: string]: string } = as === 'guest' ? {} : { Authorization: this.world.tokenOf(as) };
    const at = index % this.count;
    const answer = this.#last[at]!.then(() => this.#clients[at]!.send({ ...rest, headers: { ...own, ...headers } }));
    this.#last[at] = answer.catch(() => undefined);
    return answer;
  }

  /** Sends over the next connection, in turn. */
  sendAnywhere(request: WorldRequest): Promise<Answer> {
    return this.send(this.#next++, request);
  }

  /** Sends the same over every connection at once. */
  sendEverywhere(request: WorldRequest): Promise<Answer[]> {
    return Promise.all(this.#clients.map((_, index) => this.send(index, request)));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.world.close();
  }
}

/** How the servers of these tests are started. */
export const twoThreads = { args: ['--threads', '2'] } as const;
