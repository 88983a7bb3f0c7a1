import type { Viewer } from '../model/record.ts';
import type { JsonValue } from '../util/json.ts';

/** In what course of action a rule is asked: the value of `@request.context`. */
export type RequestContextName =
  | 'default'
  | 'realtime'
  | 'protectedFile'
  | 'batch'
  | 'expand'
  | 'password'
  | 'otp'
  | 'oauth2';

/** An uploaded file as rules see it, in `body` under the name of its field. */
export interface UploadView {
  /** The final stored name. */
  readonly name: string;
  /** The name that the client gave. */
  readonly originalName: string;
  /** Bytes. */
  readonly size: number;
  readonly [key: string]: JsonValue;
}

/**
 * What rules know about a request. `headers`, `query` and `body` should have a null prototype; only their own keys count.
 */
export interface RequestContext {
  readonly context: RequestContextName;
  /** Upper case. */
  readonly method: string;
  /** First values; names in lower case, with `_` for `-`. */
  readonly headers: { readonly [name: string]: string };
  /** First values. */
  readonly query: { readonly [name: string]: string };
  /**
   * The submitted values. Of record writes: under the base names of the fields (`tags+` is `tags`), after modifiers were
   * applied and the field has normalised the value, without the fields that the caller may not write; uploads are
   * `UploadView`s. A key is there exactly when it was sent, which is what `:isset` and `:changed` ask.
   */
  readonly body: { readonly [key: string]: JsonValue };
  readonly viewer: Viewer;
  /** Milliseconds since 1970: the moment that `@now` and its kin stand for. */
  readonly now: number;
}

/** `X-Token` becomes `x_token`: how headers are named in rules. */
export function headerKey(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
