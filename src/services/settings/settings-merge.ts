import { bool, integer, list, mergeShape, object, text } from '../../model/shape.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import { defaultSettings, type Settings } from './settings.ts';

const s3 = object({
  enabled: bool,
  bucket: text,
  region: text,
  endpoint: text,
  accessKey: text,
  secret: text,
  forcePathStyle: bool,
});

const shape = object({
  superuserIPs: list(text),
  smtp: object({
    enabled: bool,
    port: integer,
    host: text,
    username: text,
    password: text,
    authMethod: text,
    tls: bool,
    localName: text,
  }),
  backups: object({ cron: text, cronMaxKeep: integer, s3 }),
  s3,
  meta: object({
    accentColor: text,
    appName: text,
    appURL: text,
    senderName: text,
    senderAddress: text,
    hideControls: bool,
  }),
  rateLimits: object({
    enabled: bool,
    excludedIPs: list(text),
    rules: list(object({ label: text, audience: text, duration: integer, maxRequests: integer })),
  }),
  trustedProxy: object({ headers: list(text), useLeftmostIP: bool }),
  batch: object({ enabled: bool, maxRequests: integer, timeout: integer, maxBodySize: integer }),
  logs: object({ maxDays: integer, minLevel: integer, logIP: bool, logAuthId: bool }),
});

/**
 * Settings with a patch put over them: absent keys stay, objects merge key by key, lists merge by position and take the length of the new
 * one, null empties lists and changes nothing else. Unknown keys are ignored.
 *
 * @throws FormatError when a value is of another kind than the one it replaces
 */
export function mergeSettings(current: Settings, patch: JsonObject): Settings {
  return mergeShape(shape, current as unknown as JsonValue, patch, '') as unknown as Settings;
}

/**
 * Settings from stored JSON of any age: what is missing has its default.
 *
 * @throws FormatError when it holds no settings
 */
export function readStoredSettings(stored: JsonValue): Settings {
  return mergeSettings(defaultSettings, isJsonObject(stored) ? stored : {});
}
