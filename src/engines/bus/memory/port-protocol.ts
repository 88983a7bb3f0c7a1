/** What a thread tells the process's bus. */
export type ToHub =
  | { readonly kind: 'publish'; readonly topic: string; readonly payload: string }
  | {
      readonly kind: 'interest';
      readonly of: 'messages' | 'requests';
      readonly topic: string;
      readonly isWanted: boolean;
    }
  | {
      readonly kind: 'request';
      readonly number: number;
      readonly topic: string;
      readonly payload: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: string | null };

/** What the process's bus tells a thread. */
export type FromHub =
  | { readonly kind: 'message'; readonly topic: string; readonly payload: string }
  | { readonly kind: 'request'; readonly number: number; readonly topic: string; readonly payload: string }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: string | null };
