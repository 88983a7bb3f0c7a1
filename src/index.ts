/**
 * What programs that embed Pando may use. Everything else may change without notice.
 *
 * @example
 * const { options } = readOptions({ flags: { dir: './data', http: '127.0.0.1:8090' }, environment: process.env, folder: process.cwd() });
 * const reporter = new Reporter(createLogger({ level: 'info', format: 'line' }), { slowMs: 1000, isDev: false });
 * await using app = await openApp(options, { reporter });
 * await app.listen();
 */
export { type App, openApp } from './app/compose.ts';
export { OptionError, readOptions } from './config/read-options.ts';
export type { Options } from './config/options.ts';
export { createLogger, type Logger } from './observe/logger.ts';
export { Reporter } from './observe/reporter.ts';
