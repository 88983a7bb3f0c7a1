import type { ColumnValue } from '../../../model/commit.ts';

/** What the pool sends to a scan process: one statement at a time. */
export interface ScanRequest {
  readonly number: number;
  readonly sql: string;
  readonly params: readonly ColumnValue[];
}

/** Its answer. */
export type ScanReply =
  | { readonly number: number; readonly rows: ColumnValue[][] }
  | { readonly number: number; readonly error: { readonly kind: 'query' | 'unavailable'; readonly message: string } };
