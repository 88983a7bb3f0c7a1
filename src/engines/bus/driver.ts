/** A message; `payload` is JSON text. */
export type BusHandler = (payload: string) => void;
/** Answers a request; null = not me, let another answer. */
export type BusResponder = (payload: string) => Promise<string | null>;

/**
 * Fan-out and request/reply between the nodes (and threads) of one system. A transport: it may lose everything, and whoever needs
 * more rebuilds it from the log. Duties: messages of one publisher on one topic arrive in order; a publisher hears its own messages;
 * `request` answers the first non-null reply of any responder, or null after `timeoutMs`; closing ends everything quietly.
 */
export interface BusDriver {
  publish(topic: string, payload: string): void;
  subscribe(topic: string, handler: BusHandler): () => void;
  request(topic: string, payload: string, timeoutMs: number): Promise<string | null>;
  respond(topic: string, responder: BusResponder): () => void;
  close(): Promise<void>;
}
