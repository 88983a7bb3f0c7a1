import path from 'node:path';

/** How the value of an option is written and checked. */
export interface OptionKind<T> {
  /** What stands for the value in help texts, as `HOST:PORT`; `''` for switches, which have none. */
  readonly placeholder: string;
  /**
   * Reads a value. Throws an `Error` whose message continues the sentence "--flag …", as `needs a whole number`.
   *
   * @param text as written on the command line, in the environment, or in the file
   * @param folder what relative paths are relative to
   */
  read(text: string, folder: string): T;
  /** The value as one would write it. */
  write(value: T): string;
}

/** A network address. */
export interface ListenAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65535; 0 is any free port. */
  readonly port: number;
}

/** `HOST:PORT`, `:PORT` (all addresses) or `[IPv6]:PORT`. */
export const addressKind: OptionKind<ListenAddress> = {
  placeholder: 'HOST:PORT',
  read: (text) => {
    const match = /^(?:\[([\da-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
    const port = Number(match?.[3]);
    if (match === null || port > 65_535) throw new Error('needs an address such as 127.0.0.1:8090');
    return Object.freeze({ host: match[1] ?? (match[2] || '0.0.0.0'), port });
  },
  write: ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
};

/** A folder or file; the value is absolute. `''` where it is not set. */
export const pathKind: OptionKind<string> = {
  placeholder: 'PATH',
  read: (text, folder) => (text === '' ? '' : path.resolve(folder, text)),
  write: (value) => value,
};

/** Texts separated by commas. */
export const listKind: OptionKind<readonly string[]> = {
  placeholder: 'LIST',
  read: (text) =>
    Object.freeze(
      text
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    ),
  write: (value) => value.join(','),
};

/** On or off: `--flag` and `--no-flag`; `true`, `false`, `1`, `0` elsewhere. */
export const switchKind: OptionKind<boolean> = {
  placeholder: '',
  read: (text) => {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new Error('needs true or false');
  },
  write: String,
};

/** A whole number within bounds, both included. */
export function integerKind(min: number, max: number): OptionKind<number> {
  return {
    placeholder: 'NUMBER',
    read: (text) => {
      const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(number >= min && number <= max)) throw new Error(`needs a whole number from ${min} to ${max}`);
      return number;
    },
    write: String,
  };
}

const units: { readonly [unit: string]: number } = { '': 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** A number of bytes, also with `KB`, `MB` or `GB` (powers of 1024). */
export function bytesKind(min: number, max: number): OptionKind<number> {
  return {
    placeholder: 'BYTES',
    read: (text) => {
      const match = /^(\d{1,15})\s*([KMG]B|)$/i.exec(text);
      const bytes = match === null ? Number.NaN : Number(match[1]) * units[match[2]!.toUpperCase()]!;
      if (!(bytes >= min && bytes <= max)) {
        throw new Error(`needs a size from ${writeBytes(min)} to ${writeBytes(max)}, such as ${writeBytes(min * 2)}`);
      }
      return bytes;
    },
    write: writeBytes,
  };
}

/** One of a few words. */
export function choiceKind<const T extends string>(choices: readonly T[]): OptionKind<T> {
  return {
    placeholder: choices.join('|'),
    read: (text) => {
      const choice = choices.find((each) => each === text);
      if (choice === undefined) throw new Error(`needs one of ${choices.join(', ')}`);
      return choice;
    },
    write: (value) => value,
  };
}

function writeBytes(bytes: number): string {
  for (const [unit, size] of Object.entries(units).toReversed()) {
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
