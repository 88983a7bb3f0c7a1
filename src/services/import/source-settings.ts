import { createDecipheriv } from 'node:crypto';
import { FormatError } from '../../model/format-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import { mergeSettings } from '../settings/settings-merge.ts';
import { validateSettings } from '../settings/settings-validation.ts';
import { defaultSettings, type S3Settings, type Settings } from '../settings/settings.ts';
import type { Notes } from './report.ts';
import { leavesOf } from './source-collections.ts';
import { ImportError, type SourceReader } from './source.ts';

const nonceLength = 12;
const tagLength = 16;
const keyLength = 32;

/** The settings of a source. */
export interface SourceSettings {
  readonly settings: Settings;
  /** True when files lie in a bucket instead of the folder. */
  readonly hasRemoteFiles: boolean;
}

/**
 * The settings of a source, with what is not available yet switched off and noted; the defaults when it has none.
 *
 * @param encryptionKey the key that encrypts them, or `''`
 * @throws ImportError when they are encrypted and the key is missing or wrong
 */
export function readSettings(source: SourceReader, encryptionKey: string, notes: Notes): SourceSettings {
  const stored = readStored(source);
  if (stored === null) {
    notes.add('setting', 'settings', 'were not found; the defaults are in place.');
    return { settings: defaultSettings, hasRemoteFiles: false };
  }
  const asTheyWere = mergeEach(openSettings(stored, encryptionKey), notes);
  const settings = switchOff(asTheyWere, notes);
  // It stays, and has to be mended with the next change.
  for (const [key, failure] of leavesOf(validateSettings(settings))) {
    notes.add('setting', key, `could not be saved here as it is: ${failure.message}`);
  }
  return { settings, hasRemoteFiles: asTheyWere.s3.enabled };
}

function readStored(source: SourceReader): string | null {
  for (const [id, value] of source.rows('_params', ['id', 'value'])) {
    if (id === 'settings' && typeof value === 'string' && value !== '' && value !== 'null') return value;
  }
  return null;
}

function openSettings(stored: string, encryptionKey: string): JsonObject {
  const clear = parseObject(stored);
  if (clear !== null) return clear;
  if (encryptionKey === '') {
    throw new ImportError(
      'The settings are encrypted. Name the environment variable that holds the key with --encryption-key-env NAME.',
    );
  }
  if (Buffer.byteLength(encryptionKey) !== keyLength) {
    throw new ImportError(`The encryption key has ${Buffer.byteLength(encryptionKey)} bytes; it needs ${keyLength}.`);
  }
  const opened = parseObject(decrypt(stored.replaceAll('"', ''), encryptionKey));
  if (opened === null) throw new ImportError('The settings cannot be read.');
  return opened;
}

/** Base64 of nonce, text and tag, encrypted with AES-256-GCM. */
function decrypt(sealed: string, key: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const tagAt = bytes.length - tagLength;
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key), bytes.subarray(0, nonceLength));
    decipher.setAuthTag(bytes.subarray(tagAt));
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength, tagAt)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new ImportError('The settings cannot be decrypted with this key.', error);
  }
}

function parseObject(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Group by group, so that one that is not understood costs only itself. */
function mergeEach(stored: JsonObject, notes: Notes): Settings {
  let settings = defaultSettings;
  for (const key of Object.keys(defaultSettings)) {
    if (!Object.hasOwn(stored, key)) continue;
    try {
      settings = mergeSettings(settings, { [key]: stored[key]! });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      notes.add('setting', key, 'is not understood; the default is in place.');
    }
  }
  return settings;
}

function switchOff(settings: Settings, notes: Notes): Settings {
  const { smtp, s3, backups } = settings;
  if (smtp.enabled) {
    const message = `(${smtp.host}) is kept but switched off: sending through a mail server is not available yet.`;
    notes.add('setting', 'smtp', message);
  }
  if (s3.enabled) {
    const message = `(bucket ${s3.bucket}) is kept but switched off: only files in the folder's storage are imported.`;
    notes.add('setting', 's3', message);
  }
  if (backups.cron !== '') {
    const message = 'is switched off: automatic backups are not available yet.';
    notes.add('setting', 'backups.cron', message, backups.cron);
  }
  if (backups.s3.enabled) {
    notes.add('setting', 'backups.s3', 'is kept but switched off: backups are not available yet.');
  }
  const off = (bucket: S3Settings): S3Settings => ({ ...bucket, enabled: false });
  return {
    ...settings,
    smtp: { ...smtp, enabled: false },
    s3: off(s3),
    backups: { ...backups, cron: '', s3: off(backups.s3) },
  };
}
