import type { ColumnValue } from '../../../model/commit.ts';

/** What the pool sends to a scan process: one statement at a time. */
export interface ScanRequest {
  readonly number: number;
  readonly sql: string;
  readonly params: readonly ColumnValue[];
}

/** What became of it. */
export type ScanResult =
  | { readonly rows: ColumnValue[][] }
  | { readonly error: { readonly kind: 'query' | 'unavailable'; readonly message: string } };

/** Its answer, with the CPU time that the statement took: neither the start of the process nor others on the machine count. */
export interface ScanReply {
  readonly number: number;
  readonly result: ScanResult;
  readonly cpuMs: number;
}
