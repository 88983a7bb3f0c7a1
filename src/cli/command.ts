import type { OptionName, Options } from '../config/options.ts';
import type { OptionSource } from '../config/read-options.ts';

/** An argument that is known by its place. */
export interface Positional {
  /** In capitals, as `EMAIL`. */
  readonly name: string;
  readonly help: string;
}

/** A flag of one command only: what makes no sense in a config file. */
export interface Flag {
  /** Without the two dashes, as `encryption-key-env`. */
  readonly name: string;
  /** What stands for the value, as `NAME`; `''` for switches. */
  readonly placeholder: string;
  readonly help: string;
}

/** One command of the program. Help and parsing are made from this. */
export interface Command {
  /** `['superuser', 'upsert']` for `pando superuser upsert`. */
  readonly words: readonly string[];
  /** What it does, in one line. */
  readonly summary: string;
  /** More lines for its own help. */
  readonly details?: string;
  /** All are required. */
  readonly positionals: readonly Positional[];
  /** The options that it reads. Others are refused on its command line. */
  readonly options: readonly OptionName[];
  /** Flags of its own. */
  readonly flags?: readonly Flag[];
  /** Does the work. Resolves to the exit code; throws `CommandError` for what the person can mend. */
  run(call: CommandCall): Promise<number>;
}

/** One run of a command. */
export interface CommandCall {
  readonly options: Options;
  readonly sources: { readonly [name in OptionName]: OptionSource };
  /** By name. */
  readonly positionals: { readonly [name: string]: string };
  /** The values of the command's own flags by name; of a switch that is on `true`. Absent ones were not given. */
  readonly flags: { readonly [name: string]: string };
  readonly environment: { readonly [name: string]: string | undefined };
  /** True when the output is for machines: one JSON document on standard output. */
  readonly isJson: boolean;
  /** Writes a line to standard output. */
  out(line: string): void;
  /** Writes a line to standard error. */
  err(line: string): void;
  /** Aborted, with the signal's name as reason, when the person wants it to end. */
  readonly signal: AbortSignal;
}

/** Something that the person who typed the command can mend. The message says what to do. */
export class CommandError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
  }
}
