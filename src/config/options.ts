import {
  addressKind,
  bytesKind,
  choiceKind,
  integerKind,
  listKind,
  type OptionKind,
  pathKind,
  switchKind,
} from './option-kinds.ts';

/** One option: everything there is to know about it. Flags, environment, config file, help and docs are made from this. */
export interface Option<T> {
  readonly kind: OptionKind<T>;
  /** As one would write it. */
  readonly default: string;
  /** One sentence or two. */
  readonly help: string;
  /** What the number counts, where the name does not say it. */
  readonly unit?: string;
  /** Never printed or logged. */
  readonly isSecret?: boolean;
}

function option<T>(kind: OptionKind<T>, fallback: string, help: string, more: Partial<Option<T>> = {}): Option<T> {
  return Object.freeze({ kind, default: fallback, help, ...more });
}

/**
 * All options of the program by name. `slowMs` is `--slow-ms` on the command line, `PANDO_SLOW_MS` in the
 * environment and `slowMs` in the config file.
 */
export const optionTable = Object.freeze({
  http: option(addressKind, '127.0.0.1:8090', 'Where to listen. Port 0 takes any free one.'),
  dir: option(pathKind, './pando_data', 'The data folder. It is made when it does not exist.'),
  config: option(
    pathKind,
    '',
    'A config file (JSON). Without it, pando.json in the data folder is read if it is there.',
  ),
  public: option(pathKind, '', 'A folder of static files to serve besides the API. Without it none are served.'),
  indexFallback: option(
    switchKind,
    'true',
    'Answer unknown paths outside /api/ with the index.html of the public folder.',
  ),
  origins: option(
    listKind,
    '*',
    'Origins that browsers may call the API from. `*` stands for any text, `?` for a character.',
  ),
  threads: option(integerKind(1, 64), '1', 'Threads that answer requests. More than one pays from four cores on.'),
  logLevel: option(
    choiceKind(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'The least important events to log.',
  ),
  logFormat: option(
    choiceKind(['auto', 'line', 'json']),
    'auto',
    'How events are logged to standard error: lines for people, JSON for machines, or by whether it is a terminal.',
  ),
  dev: option(switchKind, 'false', 'Log every request, and errors with their stacks.'),
  slowMs: option(integerKind(1, 600_000), '1000', 'Requests that take longer are logged.', { unit: 'milliseconds' }),
  drainMs: option(integerKind(0, 600_000), '10000', 'How long a stop waits for running requests before it cuts them.', {
    unit: 'milliseconds',
  }),
  connectionsMax: option(integerKind(1, 1_000_000), '15000', 'Open connections; more are closed at once.'),
  requestTimeoutMs: option(integerKind(1_000, 3_600_000), '300000', 'How long a request may take to arrive.', {
    unit: 'milliseconds',
  }),
  idleTimeoutMs: option(
    integerKind(1_000, 3_600_000),
    '60000',
    'How long a client may neither send what it owes nor read what it is sent.',
    { unit: 'milliseconds' },
  ),
  bodyBytesMax: option(
    bytesKind(1024, 1024 ** 4),
    '32MB',
    'The largest request body where a route has no limit of its own.',
  ),
  jsonMainBytesMax: option(
    bytesKind(1024, 64 * 1024 ** 2),
    '1MB',
    'JSON bodies up to here are parsed at once, larger ones in a thread of their own.',
  ),
  cacheBytesMax: option(
    bytesKind(0, 1024 ** 4),
    '64MB',
    'Memory for cached answers and records; 0 switches the cache off.',
  ),
  hashConcurrency: option(
    integerKind(0, 64),
    '0',
    'Passwords that are hashed at once; 0 chooses by the number of cores.',
  ),
  hashQueueMax: option(integerKind(0, 100_000), '1000', 'Log-ins that wait for hashing; more are answered with 503.'),
  logKeepMs: option(
    integerKind(60_000, 30 * 86_400_000),
    '3600000',
    'How long changes stay in the log: realtime clients that come back within this time get what they missed.',
    { unit: 'milliseconds' },
  ),
  realtimeClientsMax: option(integerKind(0, 1_000_000), '10000', 'Realtime connections.'),
  realtimeClientsPerIpMax: option(
    integerKind(1, 1_000_000),
    '10000',
    'Realtime connections from one address. Lower it where clients do not share a proxy.',
  ),
  realtimeMessagesMax: option(integerKind(1, 100_000), '256', 'Messages that wait for a client before it is dropped.'),
  realtimeBytesMax: option(bytesKind(1024, 1024 ** 3), '1MB', 'Bytes that wait for a client before it is dropped.'),
  thumbWorkers: option(integerKind(0, 64), '0', 'Images that are resized at once; 0 chooses by the number of cores.'),
  thumbQueueMax: option(
    integerKind(0, 10_000),
    '100',
    'Images that wait for resizing; for more the original is served.',
  ),
  mailDir: option(pathKind, '', 'The folder that mails are written to. Default: mail in the data folder.'),
});

/** The name of an option. */
export type OptionName = keyof typeof optionTable;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** The value of every option, frozen. */
export type Options = { readonly [Name in OptionName]: ValueOf<(typeof optionTable)[Name]> };

/** All names, in the order of the table. */
export const optionNames = Object.freeze(Object.keys(optionTable) as OptionName[]);

/** `cacheBytesMax` to `cache-bytes-max`: what stands behind `--`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `cacheBytesMax` to `PANDO_CACHE_BYTES_MAX`. */
export function environmentName(name: string): string {
  return `PANDO_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}
