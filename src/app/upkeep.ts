import type { Options } from '../config/options.ts';
import { Committer } from '../log/commit.ts';
import { PositionsTable } from '../log/positions-table.ts';
import { Retention } from '../log/retention.ts';
import type { Reporter } from '../observe/reporter.ts';
import { Catalogue } from '../services/collections/catalogue.ts';
import { FileSweeper } from '../services/files/sweeper.ts';
import { systemClock } from '../util/clock.ts';
import { after, every } from '../util/timer.ts';
import type { Engines } from './engines.ts';
import type { Lifecycle } from './lifecycle.ts';

const sweepEveryMs = 60_000;
/** Files are looked through when the start is over, and every day. */
const filesAfterMs = 5 * 60_000;
const filesEveryMs = 24 * 60 * 60_000;
/** Entries that are kept at most, whatever their age. */
const logEntriesMax = 2_000_000;

/** Starts what keeps the data folder in shape while it serves: the log forgets what nobody can need any more, files that no record names go. */
export async function startUpkeep(
  engines: Engines,
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<void> {
  const { database } = engines;
  const positions = new PositionsTable(database, new Committer(database));
  await positions.prepare();
  const retention = new Retention(
    { database, positions, clock: systemClock },
    {
      keepMs: options.logKeepMs,
      entriesMax: logEntriesMax,
      onForced: (consumers) =>
        reporter.warning('The log forgot changes that a consumer has not handled.', {
          consumers: consumers.join(', '),
        }),
    },
  );
  let sweeping: Promise<unknown> = Promise.resolve();
  const sweep = (): void => {
    sweeping = sweeping
      .then(() => retention.sweep())
      .catch((error: unknown) => reporter.consumerFailed('retention', error));
  };
  const timer = every(sweepEveryMs, sweep);
  await lifecycle.start({
    name: 'upkeep',
    stop: async () => {
      timer.cancel();
      await sweeping;
    },
  });
  await startFileSweeps(engines, reporter, lifecycle);
}

async function startFileSweeps(engines: Engines, reporter: Reporter, lifecycle: Lifecycle): Promise<void> {
  const { database, cache, files } = engines;
  const sweeper = new FileSweeper({ files, database, catalogue: new Catalogue(database, cache), clock: systemClock });
  const stop = new AbortController();
  let sweeping: Promise<unknown> = Promise.resolve();
  const sweep = (): void => {
    sweeping = sweeping
      .then(() => sweeper.sweep(stop.signal))
      .then(({ seen, orphans, removed }) => {
        const found = { seen, orphans, removed };
        if (removed > 0) reporter.notice('Files that no record names were removed.', found);
        else if (orphans > 0) reporter.warning('Most files are named by no record, so none was removed.', found);
      })
      .catch((error: unknown) => reporter.partFailed('files', 'sweep', error));
  };
  const timers = [after(filesAfterMs, sweep), every(filesEveryMs, sweep)];
  await lifecycle.start({
    name: 'file sweeps',
    stop: async () => {
      for (const timer of timers) timer.cancel();
      stop.abort();
      await sweeping;
    },
  });
}
