import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Audience } from '../../../src/consumers/realtime/audience.ts';
import { FanOut } from '../../../src/consumers/realtime/fan-out.ts';
import { Messages } from '../../../src/consumers/realtime/messages.ts';
import { replayChangesMax } from '../../../src/consumers/realtime/replays.ts';
import { Visibility } from '../../../src/consumers/realtime/visibility.ts';
import { SseGroup } from '../../../src/http/sse.ts';
import { LogReader } from '../../../src/log/reader.ts';
import type { Change } from '../../../src/model/commit.ts';
import { guest } from '../../../src/model/record.ts';
import { RealtimeClients } from '../../../src/services/realtime/clients.ts';
import { Realtime } from '../../../src/services/realtime/realtime.ts';
import { SseClient } from '../../../src/testing/sse-client.ts';
import { openServer, type TestServer } from '../../http/fixture.ts';
import { Bench } from '../collections/bench.ts';

const limits = { messagesMax: 256, bytesMax: 1024 * 1024, idleMs: 300_000, lifetimeMs: 1_800_000 };
const replayMsMax = 600_000;
const notes = { table: 'notes', collectionId: 'notes_id' };

/** Realtime on a data folder of its own, with a clock that can be moved. */
class Streams implements AsyncDisposable {
  readonly bench: Bench;
  readonly #realtime: Realtime;
  readonly #server: TestServer;
  readonly #close: () => Promise<void>;
  readonly failures: unknown[];

  static async open(clock: { aheadMs: number }): Promise<Streams> {
    const bench = await Bench.open();
    const fields = [{ name: 'text', type: 'text' }];
    await bench.collections.create({ id: 'notes_id', name: 'notes', type: 'base', listRule: '', fields });
    return new Streams(bench, await startParts(bench, clock));
  }

  constructor(bench: Bench, parts: Awaited<ReturnType<typeof startParts>>) {
    this.bench = bench;
    this.#realtime = parts.realtime;
    this.#server = parts.server;
    this.#close = parts.close;
    this.failures = parts.failures;
  }

  /** Opens a stream and has it listen to all notes. */
  async listen(lastEventId = ''): Promise<SseClient> {
    const headers: Record<string, string> = lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId };
    const client = await SseClient.connect(`http://127.0.0.1:${this.#server.port}`, headers);
    const body = { clientId: client.clientId, subscriptions: ['notes/*'] };
    await this.#realtime.subscribe(body, { remoteIp: '', token: '', viewer: guest });
    return client;
  }

  /** One commit of many records. */
  async commit(count: number, prefix: string): Promise<void> {
    const changes: Change[] = Array.from({ length: count }, (_, index) => {
      const id = `${prefix}${String(index).padStart(15 - prefix.length, '0')}`;
      return { kind: 'insert', ...notes, id, row: { id, text: prefix } };
    });
    const outcome = await this.bench.database.commit({ key: null, bucket: null, expects: [], changes });
    assert.equal(outcome.kind, 'done');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.bench[Symbol.asyncDispose]();
  }
}

async function startParts(bench: Bench, moved: { aheadMs: number }) {
  const { engines, services } = bench.opened;
  const { database, bus } = engines;
  const { catalogue, rules, expander, authenticator, clock: real } = services;
  const clients = new RealtimeClients();
  const bounds = { clientsMax: 100, clientsPerIpMax: 100 };
  const realtime = new Realtime({ clients, authenticator, bus, bounds });
  const group = new SseGroup({ limits, now: () => performance.now(), onEnd: (each) => realtime.forget(each) });
  const reader = await LogReader.open(database, { recentEntriesMax: 50 });
  const clock = { now: () => real.now() + moved.aheadMs };
  const audience = new Audience(rules);
  const visibility = new Visibility(database, rules);
  const messages = new Messages(expander);
  const base = { reader, catalogue, clients, group, clock, audience, visibility, messages };
  const fanOut = new FanOut({ ...base, replayMsMax });
  const failures: unknown[] = [];
  realtime.onSubscribed((client, isFirst) => fanOut.welcome(client, isFirst, (error) => failures.push(error)));
  fanOut.start((error) => failures.push(error));
  const server = await openServer([
    {
      method: 'GET',
      path: '/api/realtime',
      access: 'public',
      handle: async ({ headers }) => ({
        kind: 'events',
        group,
        accept: (connection) => {
          const lastEventId = String(headers['last-event-id'] ?? '');
          realtime.accept(connection, { remoteIp: '', wantsPositions: true, lastEventId }, fanOut.position);
        },
      }),
    },
  ]);
  const close = async (): Promise<void> => {
    group.close();
    reader.close();
    await fanOut.close();
    realtime.close();
    await server[Symbol.asyncDispose]();
  };
  return { realtime, server, failures, close };
}

async function leave(client: SseClient): Promise<string> {
  await client.close();
  return client.events.findLast((event) => event.id !== '')!.id;
}

const isEnd = (name: string) => (event: { name: string }) => event.name === name;

test('a client that was away for too long is told to read anew, and hears what comes then', async () => {
  const clock = { aheadMs: 0 };
  await using streams = await Streams.open(clock);
  const first = await streams.listen();
  await first.waitFor((event) => event.id.includes(':') && event.name === 'PB_POSITION');
  const place = await leave(first);
  await streams.commit(1, 'a');
  clock.aheadMs = replayMsMax - 60_000;
  await using second = await streams.listen(place);
  await second.waitFor((event) => event.data.includes('a00000000000000'));
  clock.aheadMs = replayMsMax + 60_000;
  await using third = await streams.listen(place);
  const failed = await third.waitFor(isEnd('PB_RESUME_FAILED'));
  assert.ok(failed.id.startsWith(`${third.clientId}:`));
  await streams.commit(1, 'b');
  await third.waitFor((event) => event.data.includes('b00000000000000'));
  assert.ok(!third.events.some((event) => event.data.includes('a00000000000000')));
  assert.deepEqual(streams.failures, []);
});

test('many small commits come back from the log; too many changes do not', async () => {
  await using streams = await Streams.open({ aheadMs: 0 });
  const first = await streams.listen();
  await first.waitFor((event) => event.name === 'PB_POSITION');
  const place = await leave(first);
  for (let index = 0; index < 600; index += 1) await streams.commit(1, `s${String(index).padStart(3, '0')}`);
  const second = await streams.listen(place);
  await second.waitFor((event) => event.data.includes('s59900000000000'));
  await second.close();
  const heard = second.events.filter((event) => event.name === 'notes/*').map((event) => event.data.slice(-60));
  assert.equal(heard.length, 600);
  assert.equal(new Set(heard).size, 600);
  await streams.commit(replayChangesMax / 2, 'c');
  await streams.commit(replayChangesMax / 2, 'd');
  await using third = await streams.listen(place);
  await third.waitFor(isEnd('PB_RESUME_FAILED'));
  assert.ok(!third.events.some((event) => event.name === 'notes/*'));
  assert.deepEqual(streams.failures, []);
});

test('clients with positions hear from time to time how far the log is', async () => {
  const clock = { aheadMs: 0 };
  await using streams = await Streams.open(clock);
  await using client = await streams.listen();
  await streams.bench.collections.create({ name: 'others', type: 'base', fields: [] });
  clock.aheadMs = 31_000;
  const count = client.events.length;
  await streams.bench.create('others', {});
  await client.waitFor((event) => event.name === 'PB_POSITION' && client.events.indexOf(event) >= count);
});
