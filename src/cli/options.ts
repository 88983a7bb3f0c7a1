import { type Option, flagName, optionNames, optionTable } from '../config/options.ts';
import type { Command } from './command.ts';

/** `pando options` */
export const optionsCommand: Command = {
  words: ['options'],
  summary: 'Show the value of every option and where it comes from.',
  positionals: [],
  options: optionNames,
  run: async ({ options, sources, isJson, out }) => {
    const rows = optionNames.map((name) => {
      const { kind, isSecret = false } = optionTable[name] as Option<unknown>;
      return { name, value: isSecret ? '(secret)' : kind.write(options[name]), source: sources[name] };
    });
    if (isJson) {
      out(
        JSON.stringify(Object.fromEntries(rows.map(({ name, value, source }) => [name, { value, source }])), null, 2),
      );
      return 0;
    }
    const width = Math.max(...optionNames.map((name) => flagName(name).length)) + 4;
    for (const { name, value, source } of rows) {
      out(`${`--${flagName(name)}`.padEnd(width)}${value}${source === 'default' ? '' : `   (${source})`}`);
    }
    return 0;
  },
};
