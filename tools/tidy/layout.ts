// The layout that the rules hold: which folder may import which, and where packages, names and calls belong.

/** A file in `src/<folder>/` may import its own folder and those with a lower level. */
export const LEVELS: Readonly<Record<string, number>> = {
  util: 0,
  model: 1,
  config: 1,
  observe: 1,
  rules: 2,
  engines: 3,
  http: 3,
  log: 4,
  services: 5,
  consumers: 6,
  api: 6,
  topology: 7,
  app: 8,
  cli: 9,
};

/** Where a package may be imported: folders end in a slash. */
export interface PackagePlace {
  readonly name: string;
  readonly places: readonly string[];
  readonly reason: string;
}

/** Every package that src/ imports. One that is not listed is refused, so that a dependency is a decision. */
export const PACKAGES: readonly PackagePlace[] = [
  { name: 'node:sqlite', places: ['src/engines/database/sqlite/'], reason: 'one product, one folder' },
  { name: 'pg', places: ['src/engines/database/postgres/', 'src/testing/'], reason: 'one product, one folder' },
  { name: 'redis', places: ['src/engines/cache/redis/', 'src/engines/bus/redis/'], reason: 'one product, one folder' },
  { name: '@nats-io/*', places: ['src/engines/bus/nats/'], reason: 'one product, one folder' },
  { name: 'aws4fetch', places: ['src/engines/files/s3/'], reason: 'one product, one folder' },
  { name: 'nodemailer', places: ['src/engines/mail/'], reason: 'messages are composed the same way for every product' },
  { name: 'lru-cache', places: ['src/engines/cache/', 'src/services/'], reason: 'bounded maps inside one process' },
  { name: '@fastify/busboy', places: ['src/http/'], reason: 'bodies are read in one place' },
  { name: 'find-my-way', places: ['src/http/'], reason: 'routes are matched in one place' },
  { name: 'pino', places: ['src/observe/'], reason: 'one logger' },
  { name: 'sharp', places: ['src/services/files/'], reason: 'images are decoded in bounded workers only' },
  { name: '@node-rs/argon2', places: ['src/services/auth/'], reason: 'hashing waits in one bounded queue' },
  { name: '@node-rs/bcrypt', places: ['src/services/auth/'], reason: 'hashing waits in one bounded queue' },
  { name: 'node:timers', places: ['src/util/'], reason: 'time comes from src/util' },
  { name: 'node:timers/promises', places: ['src/util/'], reason: 'time comes from src/util' },
];

/** Names of products, as whole words of an identifier or a text. */
export const PRODUCTS = 'sqlite postgres postgresql redis valkey nats jetstream citus rabbitmq kafka'.split(' ');

/** Where products may be named. Inside an engine, only its products' own folders may (see products.ts). */
export const PRODUCT_PLACES = ['src/app/engines.ts', 'src/config/', 'src/cli/', 'src/topology/', 'src/testing/'];

/** A call that would make behaviour depend on the machine, or end the process behind everyone's back. */
export interface BannedCall {
  /** As written, token by token; a trailing `()` means: called with no argument. */
  readonly call: string;
  readonly places: readonly string[];
  readonly instead: string;
}

/** Sockets, files and processes have deadlines; what happens in between waits through src/util (sleep.ts). */
const TIMER_PLACES = ['src/util/', 'src/engines/', 'src/http/', 'src/app/', 'src/cli/'];

/** Calls that are kept out of src/ but for some places. */
export const BANNED_CALLS: readonly BannedCall[] = [
  { call: 'Math.random', places: ['src/util/'], instead: 'use src/util/random.ts' },
  { call: 'Date.now', places: ['src/util/', 'src/observe/', 'src/cli/'], instead: 'take a clock (src/util/clock.ts)' },
  {
    call: 'new Date()',
    places: ['src/util/', 'src/observe/', 'src/cli/'],
    instead: 'take a clock (src/util/clock.ts)',
  },
  { call: 'setTimeout', places: TIMER_PLACES, instead: 'wait through src/util' },
  { call: 'setInterval', places: TIMER_PLACES, instead: 'wait through src/util' },
  { call: 'process.exit', places: ['src/cli/'], instead: 'let the lifecycle stop the process' },
  { call: 'console', places: ['src/cli/'], instead: 'use the logger' },
];

/** Equipment of tests that lies in src/: free to call what tests call, and imported by tests and contract suites only. */
export const TEST_EQUIPMENT = 'src/testing/';

/** Code lines; comments and blank lines are not counted. */
export const SIZES = {
  file: { wanted: 300, hard: 500 },
  function: { wanted: 40, hard: 70 },
} as const;
