import { readFileSync } from 'node:fs';
import { OptionError, readOptions } from '../config/read-options.ts';
import { type Command, type CommandCall, CommandError } from './command.ts';
import { commands } from './commands.ts';
import { renderCommandHelp, renderHelp } from './help.ts';
import { parseCommandLine } from './parse.ts';

/** What a run of the program has around it. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly folder: string;
  out(line: string): void;
  err(line: string): void;
  readonly signal: AbortSignal;
}

/** Exit codes: 0 done, 1 failed, 2 the command line or an option is wrong. */
export async function main(around: Surroundings, all: readonly Command[] = commands): Promise<number> {
  try {
    const request = parseCommandLine(around.args, all);
    if (request.kind === 'version') return print(around, readVersion());
    if (request.kind === 'help') {
      const { command } = request;
      return print(around, command === undefined ? renderHelp(all, readVersion()) : renderCommandHelp(command));
    }
    const { command, written, flags, positionals, isJson } = request;
    const { environment, folder, out, err, signal } = around;
    const { options, sources } = readOptions({ flags: written, environment, folder });
    const call: CommandCall = { options, sources, positionals, flags, environment, isJson, out, err, signal };
    return await run(command, call);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof OptionError)) throw error;
    around.err(`pando: ${error.message}`);
    return 2;
  }
}

async function run(command: Command, call: CommandCall): Promise<number> {
  try {
    return await command.run(call);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    call.err(`pando: ${message}`);
    // A stack is for whoever mends the program; a person who typed a wrong address needs the sentence only.
    if (!(error instanceof CommandError) && error instanceof Error && call.options.dev) call.err(error.stack ?? '');
    return 1;
  }
}

function print(around: Surroundings, text: string): number {
  around.out(text);
  return 0;
}

/** The version in package.json, two folders up from this file in the sources and in the built package. */
function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The first signal asks the command to end, the second ends the process at once. */
function listenForSignals(): AbortSignal {
  const controller = new AbortController();
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  for (const [signal, number] of Object.entries(numbers)) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(signal);
    });
  }
  return controller.signal;
}

if (import.meta.main) {
  // Whoever reads our output may leave before we do.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const code = await main({
    args: process.argv.slice(2),
    environment: process.env,
    folder: process.cwd(),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    signal: listenForSignals(),
  });
  // Everything was closed above; what still holds the process up does not deserve to.
  process.exit(code);
}
