import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { surviveUncaught } from '../app/uncaught.ts';
import { type OptionName, type Options, optionNames } from '../config/options.ts';
import { createLogger } from '../observe/logger.ts';
import { Reporter } from '../observe/reporter.ts';
import { type Command, type CommandCall, CommandError } from './command.ts';

/** `pando serve` */
export const serveCommand: Command = {
  words: ['serve'],
  summary: 'Serve the API from a data folder until it is told to stop.',
  details: 'Ctrl-C or SIGTERM finishes running requests first (see --drain-ms); a second one ends it at once.',
  positionals: [],
  options: optionNames satisfies readonly OptionName[],
  run: serve,
};

async function serve({ options, isJson, out, signal }: CommandCall): Promise<number> {
  const startedMs = performance.now();
  const reporter = createReporter(options);
  const removeHandlers = surviveUncaught(reporter);
  try {
    // Loaded here, so that `pando --help` does not wait for the whole server.
    const { openApp } = await import('../app/compose.ts');
    await using app = await openApp(options, { reporter });
    const address = await listen(app, options);
    reporter.started(address, performance.now() - startedMs);
    out(isJson ? JSON.stringify({ address: `http://${address}` }) : `Pando listens on http://${address}`);
    // Now and not at the end, so that also a server that is killed leaves its compiled code to the next one.
    flushCompileCache();
    const failed = app.failed.then((failure) => endAtOnce(reporter, failure));
    const exhausted = await Promise.race([signal.aborted || once(signal, 'abort'), failed, app.exhausted]);
    const isExhausted = exhausted instanceof Error;
    reporter.stopping(isExhausted ? exhausted.message : String(signal.reason));
    const stopStartedMs = performance.now();
    await app.close();
    reporter.stopped(performance.now() - stopStartedMs);
    return isExhausted ? 1 : 0;
  } finally {
    removeHandlers();
  }
}

/**
 * Ends the process because its store failed. It is killed, not closed: an ordinary end would write to the store again, after a sync that
 * failed, and could make lost what the next start recovers.
 */
async function endAtOnce(reporter: Reporter, failure: Error): Promise<never> {
  reporter.storeFailed(failure);
  await new Promise((resolve) =>
    process.stderr.write('pando: the data folder cannot be written any more; restart it.\n', resolve),
  );
  process.kill(process.pid, 'SIGKILL');
  // The signal takes the process down before this ends.
  return new Promise<never>(() => undefined);
}

/** What reports events as the options want. */
export function createReporter(options: Options): Reporter {
  const { logFormat, logLevel, slowMs, dev: isDev } = options;
  const format = logFormat === 'auto' ? (process.stderr.isTTY ? 'line' : 'json') : logFormat;
  return new Reporter(createLogger({ level: logLevel, format }), { slowMs, isDev });
}

async function listen(
  app: { listen(): Promise<{ address: string; port: number }> },
  options: Options,
): Promise<string> {
  const { host, port } = options.http;
  try {
    const actual = await app.listen();
    return `${host.includes(':') ? `[${host}]` : host}:${actual.port}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EADDRINUSE') {
      const advice = 'Stop what listens there, or choose another with --http HOST:PORT';
      throw new CommandError(`Port ${port} of ${host} is taken (address already in use). ${advice}.`, { cause: error });
    }
    if (code === 'EACCES') {
      const advice =
        'Ports below 1024 often need rights that ordinary users lack; choose another with --http HOST:PORT';
      throw new CommandError(`May not listen on port ${port}. ${advice}.`, { cause: error });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new CommandError(`This machine has no address ${host}. Choose another with --http HOST:PORT.`, {
        cause: error,
      });
    }
    if (code === 'ENOTSUP') {
      throw new CommandError('This system cannot share a port among threads. Use --threads 1.', { cause: error });
    }
    throw error;
  }
}
