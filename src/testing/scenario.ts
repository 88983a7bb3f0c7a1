import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Answer, OutgoingRequest } from './http-client.ts';
import { absent, assertMatch } from './match.ts';
import { type ServerUnderTest, type StartServerOptions, startServer } from './start-server.ts';
import { World } from './world.ts';

/** A value, or how to get it once the world has been set up. */
export type Late<T> = T | ((world: World) => T);

/** What JSON can say, and the matchers of `assertMatch` inside it. */
export type Json = object | string | number | boolean | null | undefined;

/** One line of a table: a request and what its answer must be. */
export type Scenario = Omit<OutgoingRequest, 'path' | 'headers' | 'json' | 'form' | 'multipart'> & {
  name: string;
  path: Late<string>;
  /** Who asks: `guest` (the default), `superuser` or a name that signed in. */
  as?: string;
  headers?: Late<Readonly<Record<string, string>>>;
  json?: Late<Json>;
  form?: Late<NonNullable<OutgoingRequest['form']>>;
  multipart?: Late<NonNullable<OutgoingRequest['multipart']>>;

  status: number;
  /** What the JSON body must contain; see `assertMatch`. */
  body?: Late<Json>;
  /** Texts that the body must contain. */
  contains?: Late<readonly string[]>;
  /** Texts that the body must not contain. */
  excludes?: Late<readonly string[]>;
  /** Header names in lower case; `absent` for a header that must not be there. */
  answerHeaders?: Readonly<Record<string, string | RegExp | typeof absent>>;

  /** Runs before the request. */
  before?: (world: World) => Promise<void>;
  /** Runs after the checks of the answer: what else must be true now, or what the next lines need. */
  after?: (world: World, answer: Answer) => Promise<void> | void;
  /** The reason why Pando answers differently from other servers of this API; the line is skipped on a peer. */
  pandoOnly?: string;
};

/** What the body of `apiSuite` declares its tests with. */
export type ApiSuite = {
  /** Lines run in order, each as a test of its own, and may build on each other. */
  scenarios(title: string, table: readonly Scenario[]): void;
  /** A test that a table cannot express. */
  test(name: string, run: (world: World) => Promise<void>, pandoOnly?: string): void;
};

/**
 * Declares a test suite with a server of its own: starts it, signs the superuser in, runs `setUp`, the declared tests in
 * order, and stops it. Which server that is: see `startServer`.
 *
 * @example
 * apiSuite('records', async (world) => { await world.createCollection({ name: 'posts', listRule: '' }); }, (suite) => {
 *   suite.scenarios('list', [
 *     { name: 'a guest may list', path: '/api/collections/posts/records', status: 200, body: { items: [] } },
 *   ]);
 * });
 */
export function apiSuite(
  title: string,
  setUp: (world: World) => Promise<void>,
  declare: (suite: ApiSuite) => void,
  options: StartServerOptions = {},
): void {
  describe(title, () => {
    let server: ServerUnderTest | undefined;
    let world: World | undefined;
    before(async () => {
      server = await startServer(options);
      world = new World(server);
      await world.signInSuperuser();
      await setUp(world);
    });
    after(async () => {
      await world?.close();
      await server?.stop();
    });
    const runTest = (name: string, run: (world: World) => Promise<void>, pandoOnly?: string): void => {
      it(name, async (context) => {
        assert.ok(world !== undefined, 'the suite has not been set up');
        if (pandoOnly !== undefined && world.server.isPeer) return context.skip(`only of Pando: ${pandoOnly}`);
        await run(world);
      });
    };
    declare({
      scenarios: (tableTitle, table) => {
        describe(tableTitle, () => {
          for (const scenario of table) {
            runTest(scenario.name, (ready) => runScenario(ready, scenario), scenario.pandoOnly);
          }
        });
      },
      test: runTest,
    });
  });
}

/** Sends a scenario's request and checks the answer. Fails with the request and the whole answer in the message. */
export async function runScenario(world: World, scenario: Scenario): Promise<void> {
  await scenario.before?.(world);
  const { method, raw } = scenario;
  const path = typeof scenario.path === 'function' ? scenario.path(world) : scenario.path;
  const answer = await world.send({
    method,
    path,
    raw,
    as: scenario.as,
    headers: settle(scenario.headers, world),
    json: settle(scenario.json, world),
    form: settle(scenario.form, world),
    multipart: settle(scenario.multipart, world),
  });
  const shown = answer.text.length > 4_000 ? `${answer.text.slice(0, 4_000)}...` : answer.text;
  const context = `${method ?? 'GET'} ${path}\n-> ${answer.status} ${shown}`;
  assert.equal(answer.status, scenario.status, context);
  if (scenario.body !== undefined) assertMatch(answer.json, settle(scenario.body, world), context);
  for (const text of settle(scenario.contains, world) ?? []) {
    assert.ok(answer.text.includes(text), `the body lacks ${text}\n${context}`);
  }
  for (const text of settle(scenario.excludes, world) ?? []) {
    assert.ok(!answer.text.includes(text), `the body contains ${text}\n${context}`);
  }
  assertHeaders(answer, scenario.answerHeaders ?? {}, context);
  await scenario.after?.(world, answer);
}

function assertHeaders(answer: Answer, expected: NonNullable<Scenario['answerHeaders']>, context: string): void {
  const shown = `${context}\n${JSON.stringify(answer.headers)}`;
  for (const [name, value] of Object.entries(expected)) {
    const actual = answer.headers[name];
    if (value === absent) assert.equal(actual, undefined, `header ${name}\n${shown}`);
    else if (value instanceof RegExp) assert.match(actual ?? '', value, `header ${name}\n${shown}`);
    else assert.equal(actual, value, `header ${name}\n${shown}`);
  }
}

function settle<T>(value: Late<T> | undefined, world: World): T | undefined {
  return typeof value === 'function' ? (value as (world: World) => T)(world) : value;
}
