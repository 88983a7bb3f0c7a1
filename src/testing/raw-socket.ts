import { connect } from 'node:net';

const answerBytesMax = 1024 * 1024;

/** What a server said to bytes on a socket. */
export type RawAnswer = {
  text: string;
  /** The status of each response in it, in order. */
  statuses: number[];
  /** False when the time was up before the server closed the connection. */
  isClosed: boolean;
};

/**
 * Writes bytes to a server as they are and gives what comes back until it closes the connection or the time is up: for requests
 * that no HTTP client would send. Chunks are written one after another, each in a packet of its own where the system allows.
 *
 * @example
 * const { statuses } = await exchangeRaw(server.baseUrl, ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
 */
export async function exchangeRaw(
  baseUrl: string,
  chunks: ReadonlyArray<string | Uint8Array>,
  timeoutMs = 5_000,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise<RawAnswer>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = '';
    let isDone = false;
    const finish = (isClosed: boolean): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
      resolve({ text, statuses, isClosed });
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      if (text.length < answerBytesMax) text += chunk.toString('latin1');
    });
    socket.on('close', () => finish(true));
    // A reset after an answer is as good as an end.
    socket.on('error', () => finish(true));
    socket.on('connect', () => {
      void (async () => {
        for (const chunk of chunks) {
          if (isDone) return;
          await new Promise<void>((written) => socket.write(chunk, () => written()));
        }
      })();
    });
  });
}
