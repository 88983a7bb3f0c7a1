import { type DestinationStream, pino } from 'pino';

/** How important an event is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What an event is about, by name. Never secrets, tokens, passwords or bodies. */
export interface LogFields {
  readonly [name: string]: string | number | boolean | undefined;
}

/** Where events are written. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** False when events of this level go nowhere anyway. */
  isEnabled(level: LogLevel): boolean;
}

/** How to log. */
export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  /** `line`: one line for people; `json`: one JSON object a line. */
  readonly format: 'line' | 'json';
  /** Gets whole lines. Default: standard error. */
  write?(line: string): void;
}

/** Makes a logger. Writing is synchronous, so that the last words of a dying process are not lost. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const destination: DestinationStream = { write: format === 'json' ? write : (line) => write(toLine(line)) };
  const sink = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    log: (at, message, fields) => sink[at](fields ?? {}, message),
    isEnabled: (at) => sink.isLevelEnabled(at),
  };
}

/** `2026-11-21 10:00:00.000 info  Listening. address=127.0.0.1:8090` */
function toLine(json: string): string {
  const { time, level, msg, stack, ...fields } = JSON.parse(json) as { [name: string]: unknown };
  const stamp = String(time).replace('T', ' ').replace('Z', '');
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${quote(String(value))}`);
  const tail = stack === undefined ? '' : `\n${String(stack)}`;
  return `${stamp} ${String(level).padEnd(5)} ${printable(String(msg))}${pairs.join('')}${tail}\n`;
}

function quote(text: string): string {
  return text === '' || /[\s"=]/.test(text) || text !== printable(text) ? JSON.stringify(printable(text)) : text;
}

/** Control characters in a path or address must not draw on the terminal of who reads the log. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}
