import { renderOptionsHelp } from '../config/option-docs.ts';
import type { Command } from './command.ts';

/** `pando superuser upsert EMAIL PASSWORD [options]` */
export function usageOf(command: Command): string {
  const words = ['pando', ...command.words, ...command.positionals.map(({ name }) => name)];
  if (command.options.length > 0) words.push('[options]');
  return words.join(' ');
}

/** The help of the whole program. */
export function renderHelp(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map((command) => command.words.join(' ').length)) + 2;
  return [
    `Pando ${version}: a backend for web and mobile apps.`,
    '',
    'Usage: pando COMMAND [arguments] [options]',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.words.join(' ').padEnd(width)}${command.summary}`),
    '',
    'Options of all commands:',
    '  --help      Show what a command does and takes. Also: pando help COMMAND',
    '  --json      Print one JSON document instead of text, where a command prints a result.',
    '  --version   Print the version.',
    '',
    'To begin: pando serve',
  ].join('\n');
}

/** The help of one command. */
export function renderCommandHelp(command: Command): string {
  const lines = [command.summary, '', `Usage: ${usageOf(command)}`];
  if (command.details !== undefined) lines.push('', command.details);
  if (command.positionals.length > 0) {
    const width = Math.max(...command.positionals.map(({ name }) => name.length)) + 2;
    lines.push('', 'Arguments:', ...command.positionals.map(({ name, help }) => `  ${name.padEnd(width)}${help}`));
  }
  if (command.flags !== undefined) {
    const written = command.flags.map(({ name, placeholder }) => `--${name} ${placeholder}`.trimEnd());
    const width = Math.max(...written.map((text) => text.length)) + 2;
    lines.push('', 'Flags:', ...command.flags.map(({ help }, index) => `  ${written[index]!.padEnd(width)}${help}`));
  }
  if (command.options.length > 0) lines.push('', 'Options:', renderOptionsHelp(command.options));
  return lines.join('\n');
}
