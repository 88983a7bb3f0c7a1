import { closeSync, openSync, readSync } from 'node:fs';

/** One system call of a log made by `strace -f -xx -s 1048576`. Lines count as time: what has a smaller number was before. */
export interface SystemCall {
  readonly name: string;
  /** Arguments as printed; texts are in hexadecimal escapes. */
  readonly args: string;
  /** The number answered; below 0 for an error. */
  readonly result: number;
  /** Line at which it began. */
  readonly start: number;
  /** Line at which it had ended; infinite when it never did. */
  readonly end: number;
}

const linesMax = 2_000_000;
const chunkBytes = 1 << 20;

/** Reads a log. Calls are in the order in which they began. */
export function readStraceLog(file: string): SystemCall[] {
  const calls: (SystemCall | null)[] = [];
  const unfinished = new Map<string, { readonly place: number; readonly text: string; readonly start: number }>();
  let number = 0;
  for (const line of linesOf(file)) {
    if (++number > linesMax) throw new Error('the strace log is too long');
    const [, pid, rest] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (pid === undefined || rest === undefined || rest.startsWith('+++') || rest.startsWith('---')) continue;
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(pid, { place: calls.length, text: rest.slice(0, -'<unfinished ...>'.length), start: number });
      calls.push(null);
    } else if (rest.startsWith('<...')) {
      const begun = unfinished.get(pid);
      if (begun === undefined) continue;
      unfinished.delete(pid);
      const tail = rest.slice(rest.indexOf('resumed>') + 'resumed>'.length);
      calls[begun.place] = parseCall(begun.text + tail, begun.start, number);
    } else calls.push(parseCall(rest, number, number));
  }
  for (const { place, text, start } of unfinished.values()) {
    calls[place] = parseCall(`${text}) = 0`, start, Number.POSITIVE_INFINITY);
  }
  return calls.filter((call) => call !== null);
}

function parseCall(text: string, start: number, end: number): SystemCall | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(') ');
  if (open < 0 || close < open) return null;
  const [, answer = '0'] = /=\s*(-?\d+)/.exec(text.slice(close)) ?? [];
  return { name: text.slice(0, open), args: text.slice(open + 1, close), result: Number(answer), start, end };
}

/** The texts among the arguments, as bytes. */
export function textsOf(call: SystemCall): Buffer[] {
  return [...call.args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) =>
    Buffer.from(hex!.replaceAll('\\x', ''), 'hex'),
  );
}

/** The last whole number among the arguments, for instance the offset of a `pwrite64`. */
export function lastNumberOf(call: SystemCall): number {
  return Number(/(\d+)\s*$/.exec(call.args)![1]);
}

function* linesOf(file: string): Generator<string> {
  const fd = openSync(file, 'r');
  const chunk = Buffer.alloc(chunkBytes);
  let rest = '';
  try {
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, count)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    closeSync(fd);
  }
}
