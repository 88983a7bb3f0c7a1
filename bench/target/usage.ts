import { readdir, readFile } from 'node:fs/promises';

// Linux reports process times in clock ticks; 100 a second on every architecture that Node runs on (man 5 proc, sysconf(_SC_CLK_TCK)).
const TICK_MS = 10;

/** CPU time since its start, and memory now, of a process together with its descendants. */
export interface Usage {
  cpuMs: number;
  rssBytes: number;
}

interface ProcessStat {
  pid: number;
  parent: number;
  cpuMs: number;
}

/**
 * Reads /proc (Linux only) for a process and all that descend from it, so that a launcher's child is counted.
 *
 * @returns undefined when there is no such process or no /proc
 */
export async function readUsage(pid: number): Promise<Usage | undefined> {
  const entries = await readdir('/proc').catch(() => []);
  const stats = new Map<number, ProcessStat>();
  await Promise.all(
    entries
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readStat(Number(name));
        if (stat !== undefined) stats.set(stat.pid, stat);
      }),
  );
  if (!stats.has(pid)) return undefined;
  let cpuMs = 0;
  let rssBytes = 0;
  for (const stat of stats.values()) {
    if (!descendsFrom(stat, pid, stats)) continue;
    cpuMs += stat.cpuMs;
    rssBytes += await readRss(stat.pid);
  }
  return { cpuMs, rssBytes };
}

function descendsFrom(stat: ProcessStat, pid: number, stats: ReadonlyMap<number, ProcessStat>): boolean {
  let current: ProcessStat | undefined = stat;
  for (let depth = 0; current !== undefined && depth < 64; depth += 1) {
    if (current.pid === pid) return true;
    current = stats.get(current.parent);
  }
  return false;
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in brackets and may itself hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, userTicks, systemTicks] = [fields[1], fields[11], fields[12]];
  if (parent === undefined || userTicks === undefined || systemTicks === undefined) return undefined;
  return { pid, parent: Number(parent), cpuMs: (Number(userTicks) + Number(systemTicks)) * TICK_MS };
}

async function readRss(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(text)?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}
