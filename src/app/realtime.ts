import type { RealtimeApiParts } from '../api/realtime.ts';
import type { Options } from '../config/options.ts';
import { Audience } from '../consumers/realtime/audience.ts';
import { FanOut } from '../consumers/realtime/fan-out.ts';
import { Messages } from '../consumers/realtime/messages.ts';
import { Visibility } from '../consumers/realtime/visibility.ts';
import { SseGroup } from '../http/sse.ts';
import { LogReader } from '../log/reader.ts';
import type { Reporter } from '../observe/reporter.ts';
import { RealtimeClients } from '../services/realtime/clients.ts';
import { Realtime } from '../services/realtime/realtime.ts';
import type { Engines } from './engines.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Services } from './services.ts';

/** A stream without a message ends after five minutes, any stream after half an hour: clients come back and say again what they listen to. */
const idleMs = 5 * 60_000;
const lifetimeMs = 30 * 60_000;

/** Starts realtime: the streams, and the consumer of the log that fills them. */
export async function startRealtime(
  engines: Engines,
  services: Services,
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<RealtimeApiParts> {
  const { database, bus } = engines;
  const { catalogue, rules, expander, authenticator, clock } = services;
  const clients = new RealtimeClients();
  const bounds = { clientsMax: options.realtimeClientsMax, clientsPerIpMax: options.realtimeClientsPerIpMax };
  const realtime = new Realtime({ clients, authenticator, bus, bounds });
  const group = new SseGroup({
    limits: { messagesMax: options.realtimeMessagesMax, bytesMax: options.realtimeBytesMax, idleMs, lifetimeMs },
    now: () => performance.now(),
    onEnd: (connection, end) => {
      realtime.forget(connection);
      if (end === 'slow') reporter.clientTooSlow(options.realtimeMessagesMax, options.realtimeBytesMax);
    },
  });
  const reader = await LogReader.open(database);
  const visibility = new Visibility(database, rules);
  const fanOut = new FanOut({
    reader,
    catalogue,
    clients,
    group,
    visibility,
    clock,
    audience: new Audience(rules),
    messages: new Messages(expander),
    replayMsMax: options.logKeepMs,
  });
  const onFailure = (error: unknown): void => reporter.consumerFailed('realtime', error);
  realtime.onSubscribed((client, isFirst) => fanOut.welcome(client, isFirst, onFailure));
  await lifecycle.start({
    name: 'realtime',
    start: () => fanOut.start(onFailure),
    drain: () => group.close(),
    stop: async () => {
      reader.close();
      await fanOut.close();
      realtime.close();
    },
  });
  return { realtime, group, position: () => fanOut.position };
}
