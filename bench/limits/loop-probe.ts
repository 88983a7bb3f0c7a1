// Loaded into the server by `--import`: measures from inside how long its event loop was held, and by what share of a core.
// On SIGUSR2 it writes what it saw since the last time to the file LOOP_PROBE_FILE, as one line of JSON.
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { getHeapStatistics } from 'node:v8';

const TICK_MS = 2;

/** What the probe saw since it was last asked. */
export interface LoopReport {
  /** The longest time between two turns of the loop, in milliseconds: also counts what other processes took of the core. */
  wallMs: number;
  /** The most CPU time of the main thread between two turns, in milliseconds: what held the loop and nobody else. */
  cpuMs: number;
  rssBytes: number;
  heapUsedBytes: number;
  heapTotalBytes: number;
  externalBytes: number;
  mallocedBytes: number;
}

function startProbe(file: string): void {
  let wall = performance.now();
  let cpu = threadCpuMs();
  let wallMs = 0;
  let cpuMs = 0;
  const measure = (): void => {
    const [wallNow, cpuNow] = [performance.now(), threadCpuMs()];
    wallMs = Math.max(wallMs, wallNow - wall);
    cpuMs = Math.max(cpuMs, cpuNow - cpu);
    [wall, cpu] = [wallNow, cpuNow];
  };
  setInterval(measure, TICK_MS).unref();
  process.on('SIGUSR2', () => {
    measure();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const report: LoopReport = {
      wallMs,
      cpuMs,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      externalBytes: external,
      mallocedBytes: getHeapStatistics().malloced_memory,
    };
    // Under its name the file is always whole.
    writeFileSync(`${file}.new`, JSON.stringify(report));
    renameSync(`${file}.new`, file);
    [wallMs, cpuMs] = [0, 0];
  });
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const file = process.env['LOOP_PROBE_FILE'];
if (file !== undefined && isMainThread && process.argv.includes('serve')) startProbe(file);
