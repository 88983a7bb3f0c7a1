import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  environmentName,
  flagName,
  type Option,
  type OptionName,
  type Options,
  optionNames,
  optionTable,
} from './options.ts';

/** A wrong option. The message is a sentence for the person who wrote it, and says what to do. */
export class OptionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OptionError';
  }
}

/** Values as they were written, by option name. */
export type WrittenOptions = { readonly [name in OptionName]?: string };

/** Where a value came from. */
export type OptionSource = 'flag' | 'environment' | 'file' | 'default';

/** The options and where each value came from. */
export interface ReadOptions {
  readonly options: Options;
  readonly sources: { readonly [name in OptionName]: OptionSource };
}

/** What is read from. */
export interface OptionInputs {
  /** Values of flags: what the command line was parsed to. */
  readonly flags: WrittenOptions;
  readonly environment: { readonly [name: string]: string | undefined };
  /** What relative paths of flags and environment are relative to. */
  readonly folder: string;
}

interface Written {
  readonly source: OptionSource;
  /** How to speak of it in an error. */
  readonly label: string;
  readonly text: string;
  readonly folder: string;
}

/**
 * Decides the value of every option: flag, else environment, else config file, else default.
 *
 * @throws OptionError for a malformed value, an unknown `PANDO_*` variable or key of the file, or an unreadable file
 * @example readOptions({ flags: { http: ':8080' }, environment: process.env, folder: process.cwd() }).options.http.port // 8080
 */
export function readOptions(inputs: OptionInputs): ReadOptions {
  refuseUnknownVariables(inputs.environment);
  const find = (name: OptionName, file: ConfigFile | undefined): Written => findWritten(name, inputs, file);
  const file = readConfigFile(valueOf('config', find('config', undefined)), valueOf('dir', find('dir', undefined)));
  const options: { [name: string]: unknown } = {};
  const sources: { [name: string]: OptionSource } = {};
  for (const name of optionNames) {
    const written = find(name, file);
    options[name] = valueOf(name, written);
    sources[name] = written.source;
  }
  return { options: Object.freeze(options) as Options, sources: Object.freeze(sources) as ReadOptions['sources'] };
}

/** The defaults, for tests and programs that embed the server. */
export function defaultOptions(changes: Partial<Options> = {}): Options {
  const { options } = readOptions({ flags: {}, environment: {}, folder: process.cwd() });
  return Object.freeze({ ...options, ...changes });
}

function findWritten(name: OptionName, inputs: OptionInputs, file: ConfigFile | undefined): Written {
  const { folder } = inputs;
  const flag = inputs.flags[name];
  if (flag !== undefined) return { source: 'flag', label: `--${flagName(name)}`, text: flag, folder };
  const variable = environmentName(name);
  const value = inputs.environment[variable];
  if (value !== undefined && value !== '') return { source: 'environment', label: variable, text: value, folder };
  const text = file?.values[name];
  if (text !== undefined)
    return { source: 'file', label: `"${name}" in ${file!.path}`, text, folder: path.dirname(file!.path) };
  return { source: 'default', label: name, text: optionTable[name].default, folder };
}

function valueOf<Name extends OptionName>(name: Name, written: Written): Options[Name] {
  const { kind } = optionTable[name] as Option<Options[Name]>;
  try {
    return kind.read(written.text, written.folder);
  } catch (error) {
    const given = optionTable[name].isSecret ? '' : `, not "${written.text}"`;
    throw new OptionError(`${written.label} ${(error as Error).message}${given}.`);
  }
}

/** `PANDO_` belongs to the program: a misspelt variable would otherwise be a setting that silently does nothing. */
function refuseUnknownVariables(environment: OptionInputs['environment']): void {
  const known = new Set(optionNames.map(environmentName));
  for (const variable of Object.keys(environment)) {
    // The test equipment has variables of its own.
    if (!variable.startsWith('PANDO_') || variable.startsWith('PANDO_TEST_') || known.has(variable)) continue;
    throw new OptionError(
      `The environment variable ${variable} is not an option. Run \`pando serve --help\` for the list.`,
    );
  }
}

interface ConfigFile {
  readonly path: string;
  readonly values: { readonly [name: string]: string };
}

function readConfigFile(config: string, dir: string): ConfigFile | undefined {
  const file = config === '' ? path.join(dir, 'pando.json') : config;
  if (config === '' && !existsSync(file)) return undefined;
  const values: { [name: string]: string } = Object.create(null);
  for (const [name, value] of Object.entries(parseConfigFile(file))) {
    if (!Object.hasOwn(optionTable, name) || name === 'config' || (name === 'dir' && config === '')) {
      throw new OptionError(`"${name}" in ${file} is not an option. Run \`pando serve --help\` for the list.`);
    }
    values[name] = writeValue(name, value, file);
  }
  return { path: file, values };
}

function parseConfigFile(file: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OptionError(`The config file ${file} cannot be read: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new OptionError(`The config file ${file} needs to hold one JSON object, such as {"threads": 2}.`);
  }
  return parsed;
}

/** JSON may say `true`, `8090` or `["a","b"]` where the command line says it in words. */
function writeValue(name: string, value: unknown, file: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(',');
  throw new OptionError(`"${name}" in ${file} needs to be a text, a number, true, false or a list of texts.`);
}
