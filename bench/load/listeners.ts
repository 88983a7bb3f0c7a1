import { Connection } from './connection.ts';
import type { Arrivals, ListenOrder } from './messages.ts';
import { requestText } from './request-text.ts';

const OPENING_AT_ONCE = 100;
const MARKER = /event-\d+/;
const BLOCK_CHARACTERS_MAX = 1024 * 1024;

/** One marked event: when each client got it. */
interface Receipt {
  arrivedNs: bigint[];
  whenComplete: (() => void) | undefined;
}

/**
 * Event-stream clients of one thread: connects them to `GET /api/realtime`, subscribes each by `POST /api/realtime` and notes when an event
 * whose record carries a marker (`event-12`) has fully arrived at each.
 */
export class Listeners {
  readonly #connections: Connection[] = [];
  readonly #receipts = new Map<string, Receipt>();

  /** Resolves when all clients are subscribed; rejects with the first refusal. */
  async open(order: ListenOrder): Promise<void> {
    for (let at = 0; at < order.count; at += OPENING_AT_ONCE) {
      const last = Math.min(order.count, at + OPENING_AT_ONCE);
      const opening: Promise<void>[] = [];
      for (let index = at; index < last; index += 1) opening.push(this.#openOne(order, index));
      await Promise.all(opening);
    }
  }

  /** Waits until all clients have the marked event, at most `timeoutMs`; then tells the arrivals that there are. */
  async arrivals(marker: string, timeoutMs: number): Promise<Arrivals> {
    const receipt = this.#receiptOf(marker);
    if (receipt.arrivedNs.length < this.#connections.length) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        receipt.whenComplete = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#receipts.delete(marker);
    return { kind: 'arrivals', arrivedNs: BigInt64Array.from(receipt.arrivedNs) };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.length = 0;
    this.#receipts.clear();
  }

  async #openOne(order: ListenOrder, index: number): Promise<void> {
    const clientId = await this.#connect(order);
    const token = order.tokens[index % order.tokens.length] ?? '';
    const body = JSON.stringify({ clientId, subscriptions: [order.topic] });
    const request = requestText('POST', '/api/realtime', { host: order.host, token, body });
    const poster = new Connection(order.host, order.port, order.timeoutMs, { isOneShot: true });
    await new Promise<void>((resolve, reject) => {
      poster.send(request, ({ status, problem }) => {
        if (status === 204) resolve();
        else reject(new Error(`subscribing was refused: ${status} ${problem}`));
      });
    });
  }

  #connect(order: ListenOrder): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      let isConnected = false;
      const onBlock = (block: string): void => {
        if (isConnected) {
          this.#note(block);
          return;
        }
        const clientId = /"clientId":"([^"]+)"/.exec(block)?.[1];
        if (clientId === undefined) return;
        isConnected = true;
        resolve(clientId);
      };
      const connection = new Connection(order.host, order.port, 0, {
        onBody: (bytes, start, end) => {
          text += bytes.toString('latin1', start, end);
          if (text.length > BLOCK_CHARACTERS_MAX) throw new Error('an event is too long');
          let from = 0;
          for (let stop = text.indexOf('\n\n'); stop !== -1; stop = text.indexOf('\n\n', from)) {
            onBlock(text.slice(from, stop));
            from = stop + 2;
          }
          text = from === text.length ? '' : text.slice(from);
        },
      });
      this.#connections.push(connection);
      connection.send(requestText('GET', '/api/realtime', { host: order.host }), ({ status, problem }) => {
        reject(new Error(`the event stream ended: ${status} ${problem}`));
      });
    });
  }

  #note(block: string): void {
    const marker = MARKER.exec(block)?.[0];
    if (marker === undefined) return;
    const receipt = this.#receiptOf(marker);
    receipt.arrivedNs.push(process.hrtime.bigint());
    if (receipt.arrivedNs.length === this.#connections.length) receipt.whenComplete?.();
  }

  #receiptOf(marker: string): Receipt {
    let receipt = this.#receipts.get(marker);
    if (receipt === undefined) {
      receipt = { arrivedNs: [], whenComplete: undefined };
      this.#receipts.set(marker, receipt);
    }
    return receipt;
  }
}
