import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Credentials } from './target/spawn.ts';

/** One server as the flags describe it: an address, or a program to start. */
export interface TargetOptions {
  label: string;
  url: string | undefined;
  binary: string | undefined;
  serveArguments: string[];
  pid: number | undefined;
  credentials: Credentials;
}

/** The program's flags, checked. */
export interface Options {
  targets: TargetOptions[];
  scale: number;
  requestScale: number;
  rounds: number;
  coolDownMs: number;
  timeoutMs: number;
  generators: number;
  only: string | undefined;
  json: string | undefined;
  serverCpus: string | undefined;
  dataRoot: string | undefined;
  isListing: boolean;
  isReusing: boolean;
  isWiping: boolean;
  isOneShot: boolean;
}

export const HELP = `node bench/run.ts (--target URL | --spawn | --target-binary FILE) [--versus URL | --versus-binary FILE] [flags]

Measures one server that speaks the PocketBase API, or two in one interleaved run.

Servers
  --target URL            a running server; its users, organizations, permissions, posts*, notes and streams are DELETED
  --spawn                 start this clone's bin/pando on a fresh folder
  --target-binary FILE    start another program the same way (superuser upsert, serve --http --dir)
  --versus URL            a second server to compare with
  --versus-binary FILE    start a second server, such as a PocketBase
  --email, --password     superuser of the target and, unless said otherwise, of the other (test@example.com, 1234567890)
  --versus-email, --versus-password
  --pid N, --versus-pid N process of a running server, for CPU and memory figures (known for started ones)
  --label, --versus-label names in the report
  --serve-args "..."      more arguments of serve for a started target; --versus-serve-args likewise
  --server-cpus LIST      started servers run under taskset -c LIST
  --data-root DIR         where started servers get their data folders (a real disk, or fsync costs nothing)

Measuring
  --scale F               sizes of the data and numbers of requests times F (1)
  --request-scale F       numbers of requests apart from the data (as --scale)
  --rounds N              turns of each server in each line (1)
  --only WORDS            lines of these groups or with these words, comma-separated; others only seed
  --cooldown-ms N         pause before each measured turn (250; the original has 2000)
  --timeout-s N           silence after which a request counts as failed (300)
  --generators N          load generator threads (1 on two cores, else up to 4)
  --one-shot              a connection for every request, as the original does; default: kept connections
  --reuse                 keep the data of an earlier run and add what is missing
  --wipe                  allow a server that holds other data
  --json FILE             write everything measured
  --list                  print the lines and end
`;

const FLAGS = {
  target: { type: 'string' },
  spawn: { type: 'boolean' },
  'target-binary': { type: 'string' },
  versus: { type: 'string' },
  'versus-binary': { type: 'string' },
  email: { type: 'string', default: 'test@example.com' },
  password: { type: 'string', default: '1234567890' },
  'versus-email': { type: 'string' },
  'versus-password': { type: 'string' },
  pid: { type: 'string' },
  'versus-pid': { type: 'string' },
  label: { type: 'string' },
  'versus-label': { type: 'string' },
  'serve-args': { type: 'string' },
  'versus-serve-args': { type: 'string' },
  'server-cpus': { type: 'string' },
  'data-root': { type: 'string' },
  scale: { type: 'string', default: '1' },
  'request-scale': { type: 'string' },
  rounds: { type: 'string', default: '1' },
  only: { type: 'string' },
  'cooldown-ms': { type: 'string', default: '250' },
  'timeout-s': { type: 'string', default: '300' },
  generators: { type: 'string' },
  'one-shot': { type: 'boolean', default: false },
  reuse: { type: 'boolean', default: false },
  wipe: { type: 'boolean', default: false },
  json: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof readFlags>;

/**
 * Reads the command line.
 *
 * @returns undefined when help was asked for
 * Errors: throws with a sentence for people when a flag is unknown, is no number, or no target is named.
 */
export function readOptions(commandLine: readonly string[]): Options | undefined {
  const flags = readFlags(commandLine);
  if (flags.help) return undefined;
  const scale = numberAbove0('scale', flags.scale);
  const cores = os.availableParallelism();
  const defaultGenerators = Math.max(1, Math.min(4, Math.floor(cores / 2)));
  return {
    targets: readTargets(flags),
    scale,
    requestScale: flags['request-scale'] === undefined ? scale : numberAbove0('request-scale', flags['request-scale']),
    rounds: Math.ceil(numberAbove0('rounds', flags.rounds)),
    coolDownMs: Number(flags['cooldown-ms']),
    timeoutMs: numberAbove0('timeout-s', flags['timeout-s']) * 1000,
    generators:
      flags.generators === undefined ? defaultGenerators : Math.ceil(numberAbove0('generators', flags.generators)),
    only: flags.only,
    json: flags.json,
    serverCpus: flags['server-cpus'],
    dataRoot: flags['data-root'],
    isListing: flags.list,
    isReusing: flags.reuse,
    isWiping: flags.wipe,
    isOneShot: flags['one-shot'],
  };
}

function readFlags(commandLine: readonly string[]) {
  return parseArgs({ args: [...commandLine], options: FLAGS, strict: true, allowPositionals: false }).values;
}

function readTargets(flags: Flags): TargetOptions[] {
  const ownBinary = path.join(import.meta.dirname, '..', 'bin', 'pando');
  const first = {
    url: flags.target,
    binary: flags.spawn === true ? ownBinary : flags['target-binary'],
    serveArguments: words(flags['serve-args']),
    pid: optionalNumber(flags.pid),
    credentials: { email: flags.email, password: flags.password },
  };
  if ((first.url === undefined) === (first.binary === undefined) && !flags.list) {
    throw new Error('name one target: --target URL, --spawn or --target-binary FILE (--help tells more)');
  }
  const targets: TargetOptions[] = [{ label: flags.label ?? labelOf(first.url, first.binary), ...first }];
  const second = {
    url: flags.versus,
    binary: flags['versus-binary'],
    serveArguments: words(flags['versus-serve-args']),
    pid: optionalNumber(flags['versus-pid']),
    credentials: {
      email: flags['versus-email'] ?? flags.email,
      password: flags['versus-password'] ?? flags.password,
    },
  };
  if (second.url !== undefined || second.binary !== undefined) {
    targets.push({ label: flags['versus-label'] ?? labelOf(second.url, second.binary), ...second });
  }
  return targets;
}

function labelOf(url: string | undefined, binary: string | undefined): string {
  return binary === undefined ? (url ?? 'target').replace(/^http:\/\//, '') : path.basename(binary);
}

function words(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(' ').filter((word) => word !== '');
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberAbove0('pid', text);
}

function numberAbove0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new Error(`--${name} takes a number above 0, not ${text}`);
  return value;
}
