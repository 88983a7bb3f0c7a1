import type { Options } from '../config/options.ts';
import { Committer } from '../log/commit.ts';
import { PositionsTable } from '../log/positions-table.ts';
import { Retention } from '../log/retention.ts';
import type { Reporter } from '../observe/reporter.ts';
import { systemClock } from '../util/clock.ts';
import { every } from '../util/timer.ts';
import type { Engines } from './engines.ts';
import type { Lifecycle } from './lifecycle.ts';

const sweepEveryMs = 60_000;
/** Entries that are kept at most, whatever their age. */
const logEntriesMax = 2_000_000;

/** Starts what keeps the data folder in shape while it serves: the log forgets what nobody can need any more. */
export async function startUpkeep(
  { database }: Engines,
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<void> {
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
}
