import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BusDriver } from './driver.ts';

/** Two ends of one bus, on different nodes (or threads) where the product has such. */
export interface BusTarget {
  readonly first: BusDriver;
  readonly second: BusDriver;
  /** Closes what the ends stand on; the suite closes the ends. */
  destroy(): Promise<void>;
}

const waitMs = 5000;

/** Registers the tests that every bus driver must pass. */
export function testBusDriver(name: string, create: () => Promise<BusTarget>): void {
  describe(`bus driver contract: ${name}`, () => {
    let target: BusTarget;
    before(async () => {
      target = await create();
    });
    after(async () => {
      await target.first.close();
      await target.second.close();
      await target.destroy();
    });
    testMessages(() => target);
    testRequests(() => target);
    it('ends quietly, twice', async () => {
      const other = await create();
      const waiting = other.first.request('nobody', 'x', waitMs);
      await other.second.close();
      await other.first.close();
      await other.first.close();
      assert.equal(await waiting, null);
      other.first.publish('topic', 'late');
      assert.equal(await other.first.request('topic', 'late', 50), null);
      await other.destroy();
    });
  });
}

function testMessages(target: () => BusTarget): void {
  it('brings messages of one publisher on one topic to everybody in order, the publisher included', async () => {
    const { first, second } = target();
    const expected = Array.from({ length: 200 }, (_, i) => `m${i}`);
    const here = collect(first, 'order', expected.length);
    const there = collect(second, 'order', expected.length);
    await settle(first, second);
    for (const payload of expected) first.publish('order', payload);
    assert.deepEqual(await here, expected);
    assert.deepEqual(await there, expected);
  });

  it('keeps topics apart, and stops when told', async () => {
    const { first, second } = target();
    const heard: string[] = [];
    const stop = second.subscribe('apart/a', (payload) => void heard.push(payload));
    await settle(first, second);
    first.publish('apart/b', 'no');
    first.publish('apart/a', 'yes');
    await settle(first, second);
    stop();
    await settle(first, second);
    first.publish('apart/a', 'too late');
    await settle(first, second);
    assert.deepEqual(heard, ['yes']);
  });

  it('may be published to from a handler', async () => {
    const { first, second } = target();
    const stop = second.subscribe('ping', (payload) => second.publish('pong', payload.toUpperCase()));
    const answer = collect(first, 'pong', 1);
    await settle(first, second);
    first.publish('ping', 'hello');
    assert.deepEqual(await answer, ['HELLO']);
    stop();
  });
}

function testRequests(target: () => BusTarget): void {
  it('answers the first reply that is not null, of any end', async () => {
    const { first, second } = target();
    const stops = [
      first.respond('who', async () => null),
      first.respond('who', async () => {
        throw new Error('a responder that fails');
      }),
      second.respond('who', async (payload) => (payload === 'second?' ? 'second' : null)),
      first.respond('who', async (payload) => (payload === 'first?' ? 'first' : null)),
    ];
    await settle(first, second);
    for (const asking of [first, second]) {
      assert.equal(await asking.request('who', 'second?', waitMs), 'second');
      assert.equal(await asking.request('who', 'first?', waitMs), 'first');
      assert.equal(await asking.request('who', 'third?', 500), null);
    }
    for (const stop of stops) stop();
  });

  it('waits for a slow responder, but not longer than asked', async () => {
    const { first, second } = target();
    const slow = Promise.withResolvers<string>();
    const stop = second.respond('slow', () => slow.promise);
    await settle(first, second);
    assert.equal(await first.request('slow', '', 30), null);
    const patient = [first.request('slow', '', waitMs), second.request('slow', '', waitMs)];
    slow.resolve('at last');
    assert.deepEqual(await Promise.all(patient), ['at last', 'at last']);
    stop();
  });

  it('answers null when nobody responds', async () => {
    assert.equal(await target().second.request('void', '', 500), null);
  });
}

/** The first `count` messages of a topic. */
function collect(bus: BusDriver, topic: string, count: number): Promise<string[]> {
  const heard: string[] = [];
  return new Promise((resolve) => {
    const stop = bus.subscribe(topic, (payload) => {
      heard.push(payload);
      if (heard.length < count) return;
      stop();
      resolve(heard);
    });
  });
}

/** Resolves when what each end said before has reached the other: asked both ways until both answer. */
async function settle(first: BusDriver, second: BusDriver): Promise<void> {
  for (const [asking, answering] of [
    [first, second],
    [second, first],
  ] as const) {
    const stop = answering.respond('settle', async () => 'here');
    for (let i = 0; i < 100 && (await asking.request('settle', '', 200)) === null; i++);
    stop();
  }
}
