import { server } from './server.js';

/**
 * Watches a collection as the viewer may see it. `onEvent` gets `{ action, record }`. Returns a function that stops
 * watching. `onStarted` is called once the server delivers: what was read before that may lack what happened since.
 * A subscription that cannot be made is tried again by the client library when the connection comes back;
 * the page works without it, so nothing is thrown.
 */
export function watch(collection, options, onEvent, onStarted = () => {}) {
  let stopped = false;
  const started = server
    .collection(collection)
    .subscribe('*', (event) => !stopped && onEvent(event), options)
    .catch(() => undefined);
  started.then((stop) => stop && !stopped && onStarted());
  return () => {
    stopped = true;
    started.then((stop) => stop?.()).catch(() => undefined);
  };
}

/**
 * Calls back each time the connection has come back after a loss: what happened meanwhile was not delivered and has
 * to be read. Returns a function that stops it.
 */
export function onReconnect(callBack) {
  let connections = server.realtime.isConnected ? 1 : 0;
  let stopped = false;
  const started = server.realtime
    .subscribe('PB_CONNECT', () => {
      connections += 1;
      if (connections > 1 && !stopped) callBack();
    })
    .catch(() => undefined);
  return () => {
    stopped = true;
    started.then((stop) => stop?.()).catch(() => undefined);
  };
}

/** Ends every subscription and the connection: the next ones are made in the name of whoever is signed in then. */
export const stopWatching = () => server.realtime.unsubscribe().catch(() => undefined);
