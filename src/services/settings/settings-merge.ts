import { isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import { defaultSettings, type Settings } from './settings.ts';

/** The new values do not have the types that settings have. */
export class SettingsTypeError extends Error {
  constructor(path: string) {
    super(`${path || 'settings'} has the wrong type`);
    this.name = 'SettingsTypeError';
  }
}

/** What settings are made of: the types of all values; a list shows one element. */
const shape: JsonObject = {
  ...(defaultSettings as unknown as JsonObject),
  superuserIPs: [''],
  rateLimits: {
    enabled: false,
    excludedIPs: [''],
    rules: [{ label: '', audience: '', duration: 0, maxRequests: 0 }],
  },
  trustedProxy: { headers: [''], useLeftmostIP: false },
};

/** `strict`: a value of the wrong type throws. `lenient`: it is passed over. */
type Manner = 'strict' | 'lenient';

/**
 * Settings with a patch put over them: absent keys stay, objects merge key by key, lists merge by position and take the length of the new
 * one, null empties lists and leaves everything else. Unknown keys are ignored. The result is frozen.
 *
 * @throws SettingsTypeError
 */
export function mergeSettings(current: Settings, patch: JsonObject): Settings {
  return freeze(mergeValue(shape, current as unknown as JsonObject, patch, '', 'strict')) as unknown as Settings;
}

/** Settings from stored JSON of any age: what is missing or of another type has its default. The result is frozen. */
export function readStoredSettings(stored: JsonValue): Settings {
  return freeze(
    mergeValue(shape, defaultSettings as unknown as JsonObject, stored, '', 'lenient'),
  ) as unknown as Settings;
}

function mergeValue(type: JsonValue, current: JsonValue, patch: JsonValue, path: string, manner: Manner): JsonValue {
  if (Array.isArray(type)) return mergeList(type[0] as JsonValue, current as JsonValue[], patch, path, manner);
  if (patch === null) return current;
  if (isJsonObject(type)) return mergeObject(type, current as JsonObject, patch, path, manner);
  if (typeof patch === typeof type && (typeof patch !== 'number' || Number.isSafeInteger(patch))) return patch;
  return refuse(current, path, manner);
}

function mergeObject(type: JsonObject, current: JsonObject, patch: JsonValue, path: string, manner: Manner): JsonValue {
  if (!isJsonObject(patch)) return refuse(current, path, manner);
  const merged: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(type)) {
    const own = current[key]!;
    const inner = path === '' ? key : `${path}.${key}`;
    merged[key] = Object.hasOwn(patch, key) ? mergeValue(type[key]!, own, patch[key]!, inner, manner) : own;
  }
  return merged;
}

function mergeList(
  type: JsonValue,
  current: readonly JsonValue[],
  patch: JsonValue,
  path: string,
  manner: Manner,
): JsonValue {
  if (patch === null) return [];
  if (!Array.isArray(patch)) return refuse(current, path, manner);
  return patch.map((element: JsonValue, index) =>
    mergeValue(type, current[index] ?? type, element, `${path}.${index}`, manner),
  );
}

function refuse(current: JsonValue, path: string, manner: Manner): JsonValue {
  if (manner === 'strict') throw new SettingsTypeError(path);
  return current;
}

/** Depth is that of the shape. */
function freeze(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
