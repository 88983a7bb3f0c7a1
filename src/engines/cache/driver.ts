/**
 * A bounded store of text by key that may forget anything at any time. Values carry what they were read at (the class `Cache` puts it
 * there); the driver only stores. Duties: `get` answers null for what is not there; `set` may drop; nothing ever rejects.
 */
export interface CacheDriver {
  get(key: string): string | null | Promise<string | null>;
  set(key: string, value: string): void;
  delete(key: string): void;
  close(): Promise<void>;
}
