import { environmentName, flagName, type Option, type OptionName, optionNames, optionTable } from './options.ts';

/** The page docs/options.md. */
export function renderOptionsPage(): string {
  const rows = optionNames.map((name) => {
    const { default: fallback, help, unit } = optionTable[name] as Option<unknown>;
    const text = unit === undefined ? help : `${help} In ${unit}.`;
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    const cells = [`\`${flag(name)}\``, `\`${environmentName(name)}\``, `\`${name}\``, shown, text];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    '# Options',
    '',
    'Generated from `src/config/options.ts`: change that, then run `node tools/boot.mjs tools/docs.ts`.',
    '',
    'A flag goes before an environment variable, that before the config file, that before the default. The config file is JSON,',
    '`pando.json` in the data folder or what `--config` names; relative paths in it are relative to it. `pando options` prints',
    'the values that a command would use and where each comes from.',
    '',
    '| Flag | Environment | Config file | Default | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Lines for `--help` of a command that takes these options. */
export function renderOptionsHelp(names: readonly OptionName[], width = 100): string {
  const flags = names.map((name) => flag(name));
  const column = Math.min(32, Math.max(0, ...flags.map((each) => each.length)) + 2);
  const lines = names.flatMap((name, index) => {
    const { default: fallback, help, unit } = optionTable[name] as Option<unknown>;
    const notes = [unit, fallback === '' ? undefined : `default ${fallback}`].filter((note) => note !== undefined);
    const text = notes.length === 0 ? help : `${help} (${notes.join(', ')})`;
    const wrapped = wrap(text, width - column - 2);
    const head = flags[index]!;
    const first =
      head.length + 2 > column
        ? [`  ${head}`, `  ${' '.repeat(column)}${wrapped[0]}`]
        : [`  ${head.padEnd(column)}${wrapped[0]}`];
    return [...first, ...wrapped.slice(1).map((line) => `  ${' '.repeat(column)}${line}`)];
  });
  return lines.join('\n');
}

function flag(name: OptionName): string {
  const { placeholder } = optionTable[name].kind;
  if (placeholder !== '') return `--${flagName(name)} ${placeholder}`;
  return optionTable[name].default === 'true' ? `--[no-]${flagName(name)}` : `--${flagName(name)}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
