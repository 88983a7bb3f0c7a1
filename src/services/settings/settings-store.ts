import type { Cache } from '../../engines/cache/cache.ts';
import type { Database } from '../../engines/database/database.ts';
import { Committer, ConflictError, RefusedError, UnknownOutcomeError } from '../../log/commit.ts';
import type { Change, Row } from '../../model/commit.ts';
import { badRequest, unavailable } from '../../model/errors.ts';
import { isErrorDataEmpty } from '../../model/error-data.ts';
import { FormatError } from '../../model/format-error.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import { formatDate } from '../../util/date.ts';
import { type JsonObject, parseJson } from '../../util/json.ts';
import { paramsTable } from '../collections/bootstrap.ts';
import { renameInLabels } from './rate-limit-labels.ts';
import { mergeSettings, readStoredSettings } from './settings-merge.ts';
import { validateSettings } from './settings-validation.ts';
import { defaultSettings, type Settings } from './settings.ts';

/** The row of the table of single values that holds the settings. */
export const settingsId = 'settings';

/** How often an update is tried when somebody else changes the settings at the same moment. */
const attemptsMax = 5;

/** The row as it was read. Version 0 stands for no row. */
interface StoredSettings {
  readonly settings: Settings;
  readonly version: number;
  readonly created: string;
}

/**
 * The settings as they are now. A snapshot never changes; as long as the stored settings are the same, so is the object.
 *
 * @example
 * const { batch } = await store.read();
 * await store.update({ meta: { appName: 'Grove' } });
 */
export class SettingsStore {
  readonly #database: Database;
  readonly #cache: Cache;
  readonly #clock: Clock;
  #stored: StoredSettings = { settings: defaultSettings, version: -1, created: '' };
  #cacheVersion = -1;

  constructor(database: Database, cache: Cache, clock: Clock = systemClock) {
    this.#database = database;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** The newest settings. */
  async read(): Promise<Settings> {
    return this.peek() ?? (await this.#load()).settings;
  }

  /** The newest settings if they are at hand, else null. Never waits. */
  peek(): Settings | null {
    return this.#cacheVersion === this.#cache.version(paramsTable) ? this.#stored.settings : null;
  }

  /** The settings as they were when they were last asked for; the defaults before that. For whoever cannot wait. */
  get latest(): Settings {
    return this.#stored.settings;
  }

  /** A number that is different for different `latest` settings, and the same in every thread and process. */
  get version(): number {
    return this.#stored.version;
  }

  /**
   * Puts a patch over the settings (see `mergeSettings`) and stores the result. Throws 400 with what is wrong, 503 when it is not
   * known whether it was stored.
   */
  async update(patch: JsonObject): Promise<Settings> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const before = await this.#readRow();
      const settings = mergeChecked(before.settings, patch);
      const change = this.#changeTo(settings, before);
      try {
        await new Committer(this.#database).commit([change], { bucket: null });
        return settings;
      } catch (error) {
        if (error instanceof UnknownOutcomeError) {
          throw unavailable('It is not known whether the settings were saved.');
        }
        // Somebody else was quicker, with the row's first version or with a later one.
        if (!(error instanceof ConflictError || error instanceof RefusedError)) throw error;
      }
    }
    throw unavailable('The settings are being changed by others, please try again.');
  }

  /**
   * The change that lets rate limits follow collections to their new names, to be committed together with the renaming; null when none
   * speaks of them.
   */
  async changeForRenames(renames: readonly (readonly [from: string, to: string])[]): Promise<Change | null> {
    const before = await this.#readRow();
    const { rateLimits } = before.settings;
    let rules = rateLimits.rules;
    for (const [from, to] of renames) rules = renameInLabels(rules, from, to) ?? rules;
    if (rules === rateLimits.rules) return null;
    return this.#changeTo({ ...before.settings, rateLimits: { ...rateLimits, rules } }, before);
  }

  #changeTo(settings: Settings, before: StoredSettings): Change {
    const now = formatDate(this.#clock.now());
    const row: Row = {
      id: settingsId,
      value: JSON.stringify(settings),
      created: before.created || now,
      updated: now,
    };
    const place = { table: paramsTable, collectionId: paramsTable, id: settingsId, row };
    return before.version === 0
      ? { kind: 'insert', ...place }
      : { kind: 'update', ...place, version: before.version, set: row };
  }

  async #load(): Promise<StoredSettings> {
    const cacheVersion = this.#cache.version(paramsTable);
    const found = await this.#readRow();
    if (cacheVersion < this.#cacheVersion) return found;
    // The cache may cry wolf; who compares snapshots to see a change must not be told of one that there was not.
    if (found.version !== this.#stored.version) this.#stored = found;
    this.#cacheVersion = cacheVersion;
    return this.#stored;
  }

  async #readRow(): Promise<StoredSettings> {
    const { identifier } = this.#database.dialect;
    const columns = ['@version', 'value', 'created'].map(identifier).join(', ');
    const [row] = await this.#database.read({
      sql: `SELECT ${columns} FROM ${identifier(paramsTable)} WHERE ${identifier('id')} = ?`,
      params: [settingsId],
      tables: [paramsTable],
      purpose: 'decide',
    });
    if (row === undefined) return { settings: defaultSettings, version: 0, created: '' };
    const [version, value, created] = row as [number, string, string];
    return { settings: readStoredSettings(parseJson(value)), version, created };
  }
}

function mergeChecked(before: Settings, patch: JsonObject): Settings {
  let settings: Settings;
  try {
    settings = mergeSettings(before, patch);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw badRequest('An error occurred while loading the submitted data.', {}, error);
  }
  const problems = validateSettings(settings);
  if (isErrorDataEmpty(problems)) return settings;
  throw badRequest('An error occurred while saving the new settings.', problems);
}
