import { server } from './server.js';

/**
 * Watches a collection as the viewer may see it. `onEvent` gets `{ action, record }`. Returns a function that stops
 * watching. A subscription that cannot be made is tried again by the client library when the connection comes back;
 * the page works without it, so nothing is thrown.
 */
export function watch(collection, options, onEvent) {
  let stopped = false;
  const started = server
    .collection(collection)
    .subscribe('*', (event) => !stopped && onEvent(event), options)
    .catch(() => undefined);
  return () => {
    stopped = true;
    started.then((stop) => stop?.()).catch(() => undefined);
  };
}

/** Ends every subscription and the connection: the next ones are made in the name of whoever is signed in then. */
export const stopWatching = () => server.realtime.unsubscribe().catch(() => undefined);
