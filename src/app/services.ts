import { availableParallelism } from 'node:os';
import type { Options } from '../config/options.ts';
import type { CollectionFinder } from '../http/access.ts';
import type { Reporter } from '../observe/reporter.ts';
import { Authenticator } from '../services/auth/authenticator.ts';
import { MailFlows } from '../services/auth/mail-flows.ts';
import { AuthMails } from '../services/auth/mails.ts';
import { BoundedHashing, type Hashing, PasswordHasher } from '../services/auth/passwords.ts';
import { SignIn } from '../services/auth/sign-in.ts';
import { Superusers } from '../services/auth/superusers.ts';
import { bootstrap } from '../services/collections/bootstrap.ts';
import { Catalogue } from '../services/collections/catalogue.ts';
import { Collections } from '../services/collections/collections.ts';
import { RateLimiter } from '../services/guards/rate-limiter.ts';
import { SuperuserIps } from '../services/guards/superuser-ips.ts';
import { WindowCounters } from '../services/guards/window-counters.ts';
import { FileDownloads } from '../services/files/downloads.ts';
import { type Resizer, ThumbPool } from '../services/files/thumb-pool.ts';
import { Thumbs } from '../services/files/thumbs.ts';
import { BatchWrites } from '../services/records/batch.ts';
import { Expander } from '../services/records/expand.ts';
import { FileChanges } from '../services/records/file-changes.ts';
import { Presenter } from '../services/records/presenter.ts';
import { RecordReads } from '../services/records/reads.ts';
import { RuleBook } from '../services/records/rule-book.ts';
import { RecordStore } from '../services/records/store.ts';
import { RecordWrites } from '../services/records/writes.ts';
import { SettingsStore } from '../services/settings/settings-store.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import type { Engines } from './engines.ts';
import type { Lifecycle } from './lifecycle.ts';

/** The use cases, wired. */
export type Services = Awaited<ReturnType<typeof createServices>>;

/** What there is once in a process, however many threads answer requests. */
export interface ProcessWide {
  readonly hashing: Hashing;
  readonly resizer: Resizer;
  readonly counters: Counters;
}

/** What is counted about clients. Each in memory of its own, so that none can push out another's counts. */
export interface Counters {
  readonly rateLimits: WindowCounters;
  readonly mails: WindowCounters;
  readonly probes: WindowCounters;
}

/** What every use case stands on. */
interface Ground {
  readonly engines: Engines;
  readonly processWide: ProcessWide;
  readonly options: Options;
  readonly reporter: Reporter;
  readonly catalogue: Catalogue;
  readonly settings: SettingsStore;
  readonly clock: Clock;
}

/** Makes what there is once in a process. */
export async function createProcessWide(options: Options, lifecycle: Lifecycle): Promise<ProcessWide> {
  const hashing = new BoundedHashing(hashConcurrency(options), options.hashQueueMax);
  const resizer = new ThumbPool(thumbLimits(options));
  await lifecycle.start({ name: 'thumbs', stop: () => resizer.close() });
  const counters = { rateLimits: new WindowCounters(), mails: new WindowCounters(), probes: new WindowCounters() };
  return { hashing, resizer, counters };
}

/** Prepares the data folder if it is new and wires the use cases onto the engines. */
export async function createServices(engines: Engines, processWide: ProcessWide, options: Options, reporter: Reporter) {
  const { database, cache } = engines;
  const clock = systemClock;
  await bootstrap(database);
  const catalogue = new Catalogue(database, cache);
  const settings = new SettingsStore(database, cache, clock);
  await Promise.all([catalogue.schema(), settings.read()]);
  const ground: Ground = { engines, processWide, options, reporter, catalogue, settings, clock };
  const records = createRecordServices(ground);
  const auth = createAuthServices(ground, records);
  const files = createFileServices(ground, records, auth);
  return { ...ground, ...records, ...auth, ...files };
}

function createRecordServices({ engines, processWide, reporter, catalogue, settings, clock }: Ground) {
  const { database, cache, files } = engines;
  const { hashing, counters } = processWide;
  const store = new RecordStore(database);
  const rules = new RuleBook(database.dialect, clock);
  const presenter = new Presenter(store, rules);
  const expander = new Expander(store, rules, presenter);
  const passwords = new PasswordHasher(hashing);
  const onLeftover = (key: string, error: unknown): void => reporter.partFailed('files', `remove ${key}`, error);
  const fileChanges = new FileChanges(files, onLeftover);
  const reads = new RecordReads({ catalogue, store, rules, expander, cache, probes: counters.probes, clock });
  const parts = { catalogue, database, store, rules, presenter, expander, passwords, files: fileChanges, clock };
  const writes = new RecordWrites(parts);
  const findCollection: CollectionFinder = (nameOrId) => (catalogue.peek() ?? catalogue.latest)?.find(nameOrId);
  const rateLimiter = new RateLimiter({ settings, findCollection, counters: counters.rateLimits, clock });
  const batch = new BatchWrites(writes, settings, rateLimiter.checkBatched);
  const collections = new Collections({ catalogue, database, store, rules, files, settings, clock, onLeftover });
  return { store, rules, expander, passwords, reads, writes, findCollection, rateLimiter, batch, collections };
}

type RecordServices = ReturnType<typeof createRecordServices>;

function createAuthServices(ground: Ground, records: RecordServices) {
  const { engines, processWide, reporter, catalogue, settings, clock } = ground;
  const { store, rules, expander, passwords, writes } = records;
  const { database, cache, mail } = engines;
  const authenticator = new Authenticator({ catalogue, records: store, cache, clock });
  const superuserIps = new SuperuserIps(settings);
  const base = { catalogue, database, store, rules, expander, passwords, clock };
  const signIn = new SignIn({ ...base, authenticator, superuserIps });
  const mails = new AuthMails(mail, settings);
  const onFailure = (cause: unknown): void => reporter.mailFailed(cause);
  const recent = processWide.counters.mails;
  const flows = { catalogue, authenticator, passwords, writes, signIn, mails, onFailure, recent, clock };
  const mailFlows = new MailFlows(flows);
  const superusers = new Superusers({ catalogue, signIn, writes });
  return { authenticator, superuserIps, signIn, mailFlows, superusers };
}

function createFileServices(
  { engines, processWide, options, catalogue }: Ground,
  { store, reads }: RecordServices,
  { authenticator, superuserIps }: ReturnType<typeof createAuthServices>,
) {
  const thumbs = new Thumbs(engines.files, engines.tempDir, processWide.resizer, thumbLimits(options));
  const base = { catalogue, records: store, reads, authenticator, superuserIps };
  return { downloads: new FileDownloads({ ...base, store: engines.files, thumbs }) };
}

/** The thread pool hashes and syncs; syncs must never wait for it. */
function hashConcurrency({ hashConcurrency: asked }: Options): number {
  if (asked > 0) return asked;
  const poolSize = Number(process.env.UV_THREADPOOL_SIZE) || 4;
  return Math.max(1, Math.min(availableParallelism(), poolSize - 2));
}

function thumbLimits({ thumbWorkers, thumbQueueMax }: Options): { workersMax: number; queueMax: number } {
  return { workersMax: thumbWorkers > 0 ? thumbWorkers : availableParallelism(), queueMax: thumbQueueMax };
}
