import type { FanOutLine, Plan } from '../line.ts';
import { scaled } from '../statistics.ts';

const CLIENTS = [1000, 5000] as const;
const EVENTS = 20;

/** One new record to all realtime clients of a collection whose list rule looks at the record and the viewer. */
export function fanOutLines(plan: Plan): FanOutLine[] {
  return CLIENTS.map((clients) => ({
    kind: 'fanout',
    group: 'fanout',
    name: `one event to ${clients} clients`,
    clients: scaled(clients, plan.requestScale, 50),
    events: scaled(EVENTS, plan.requestScale, 5),
    needs: ['users'],
  }));
}
