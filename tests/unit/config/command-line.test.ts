import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, CommandError } from '../../../src/cli/command.ts';
import { main } from '../../../src/cli/main.ts';
import { optionNames } from '../../../src/config/options.ts';

const echo: Command = {
  words: ['thing', 'echo'],
  summary: 'Echoes.',
  positionals: [{ name: 'WHAT', help: 'What to echo.' }],
  options: ['threads', 'dev', 'indexFallback'],
  run: async ({ options, positionals, isJson, out }) => {
    out(JSON.stringify([positionals['WHAT'], options.threads, options.dev, options.indexFallback, isJson]));
    return 0;
  },
};

const failing: Command = {
  words: ['fail'],
  summary: 'Fails.',
  positionals: [],
  options: [],
  run: async () => {
    throw new CommandError('Do it differently.');
  },
};

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const surroundings = {
    args,
    environment: {},
    folder: '/nowhere',
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    signal: new AbortController().signal,
  };
  const code = await main(surroundings, [echo, failing]);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('arguments and flags reach the command', async () => {
  assert.deepEqual(await run('thing', 'echo', 'hi'), { code: 0, out: '["hi",1,false,true,false]', err: '' });
  const all = await run('thing', 'echo', '--threads=2', 'hi', '--dev', '--no-index-fallback', '--json');
  assert.equal(all.out, '["hi",2,true,false,true]');
  assert.equal((await run('thing', 'echo', '--', '--dev')).out, '["--dev",1,false,true,false]');
});

test('what is wrong is said on standard error, with exit code 2', async () => {
  const cases: [string[], RegExp][] = [
    [['nope'], /^pando: `nope` is not a command\. Run `pando --help`/],
    [['thing'], /`pando thing` needs to be one of: pando thing echo\./],
    [['thing', 'ech'], /needs to be one of: pando thing echo\./],
    [['thing', 'echo'], /WHAT is missing\. Usage: pando thing echo WHAT \[options\]/],
    [['thing', 'echo', 'a', 'b'], /`b` is one argument too many/],
    [['thing', 'echo', 'a', '--http', ':1'], /Unknown option '--http'\. Run `pando thing echo --help`/],
    [['thing', 'echo', 'a', '--threads'], /argument missing\. Run `pando thing echo --help`/],
    [['thing', 'echo', 'a', '--threads', 'x'], /--threads needs a whole number/],
    [['help', 'nope'], /`nope` is not a command/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, message);
  }
  assert.deepEqual(await run('fail'), { code: 1, out: '', err: 'pando: Do it differently.' });
});

test('help and version', async () => {
  for (const args of [[], ['help'], ['--help'], ['-h']]) {
    const { code, out } = await run(...args);
    assert.equal(code, 0);
    assert.match(out, /Usage: pando COMMAND[^]*thing echo +Echoes\./);
  }
  for (const args of [
    ['help', 'thing', 'echo'],
    ['thing', 'echo', '--help'],
  ]) {
    const { out } = await run(...args);
    assert.match(out, /Usage: pando thing echo WHAT \[options\][^]*WHAT +What to echo\.[^]*--threads NUMBER/);
    assert.match(out, /--\[no-\]index-fallback/);
  }
  assert.match((await run('--version')).out, /^\d+\.\d+\.\d+/);
});

test('the help of every real command can be made', async () => {
  const { commands } = await import('../../../src/cli/commands.ts');
  const { renderCommandHelp } = await import('../../../src/cli/help.ts');
  for (const command of commands) {
    assert.match(renderCommandHelp(command), new RegExp(`Usage: pando ${command.words.join(' ')}`));
    for (const name of command.options) assert.equal(optionNames.includes(name), true);
  }
});
