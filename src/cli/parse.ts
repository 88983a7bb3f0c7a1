import { parseArgs } from 'node:util';
import { flagName, type OptionName, optionTable } from '../config/options.ts';
import type { WrittenOptions } from '../config/read-options.ts';
import { type Command, CommandError } from './command.ts';
import { usageOf } from './help.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'version' }
  /** `command` is undefined for the help of the whole program. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly positionals: { readonly [name: string]: string };
      /** Options of the program. */
      readonly written: WrittenOptions;
      /** The command's own flags. */
      readonly flags: { readonly [name: string]: string };
      readonly isJson: boolean;
    };

/**
 * Parses a command line.
 *
 * @throws CommandError for an unknown command or flag, or a missing or surplus argument
 */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): Request {
  if (args.length === 0) return { kind: 'help', command: undefined };
  const first = args[0]!;
  if (first === '--version' || first === '-v') return { kind: 'version' };
  if (first === '--help' || first === '-h') return { kind: 'help', command: undefined };
  if (first === 'help')
    return { kind: 'help', command: args.length === 1 ? undefined : findCommand(args.slice(1), commands) };
  const command = findCommand(args, commands);
  return parseArguments(command, args.slice(command.words.length));
}

function findCommand(args: readonly string[], commands: readonly Command[]): Command {
  const found = commands.find(({ words }) => words.every((word, index) => args[index] === word));
  if (found !== undefined) return found;
  const group = commands.filter(({ words }) => words.length > 1 && words[0] === args[0]);
  if (group.length > 0) {
    const list = group.map(({ words }) => `pando ${words.join(' ')}`).join(', ');
    throw new CommandError(`\`pando ${args[0]}\` needs to be one of: ${list}.`);
  }
  throw new CommandError(`\`${args[0]}\` is not a command. Run \`pando --help\` for the list.`);
}

function parseArguments(command: Command, args: readonly string[]): Request {
  const { values, positionals } = parseFlags(command, args);
  if (values['help'] === true) return { kind: 'help', command };
  const wanted = command.positionals;
  if (positionals.length < wanted.length) {
    throw new CommandError(`${wanted[positionals.length]!.name} is missing. Usage: ${usageOf(command)}`);
  }
  if (positionals.length > wanted.length) {
    throw new CommandError(`\`${positionals[wanted.length]}\` is one argument too many. Usage: ${usageOf(command)}`);
  }
  const written: { [name in OptionName]?: string } = {};
  for (const name of command.options) {
    const value = values[flagName(name)];
    if (value !== undefined) written[name] = String(value);
  }
  const flags: { [name: string]: string } = {};
  for (const { name } of command.flags ?? []) {
    const value = values[name];
    if (value !== undefined && value !== false) flags[name] = String(value);
  }
  const named = Object.fromEntries(wanted.map(({ name }, index) => [name, positionals[index]!]));
  return { kind: 'run', command, positionals: named, written, flags, isJson: values['json'] === true };
}

function parseFlags(command: Command, args: readonly string[]) {
  const known: { [flag: string]: { type: 'string' | 'boolean'; short?: string } } = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
  };
  for (const name of command.options) {
    known[flagName(name)] = { type: optionTable[name].kind.placeholder === '' ? 'boolean' : 'string' };
  }
  for (const { name, placeholder } of command.flags ?? []) {
    known[name] = { type: placeholder === '' ? 'boolean' : 'string' };
  }
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true, allowNegative: true });
  } catch (error) {
    const reason = (error as Error).message.split('. ')[0]!.replace(/\.$/, '');
    throw new CommandError(`${reason}. Run \`pando ${command.words.join(' ')} --help\` for what it takes.`);
  }
}
