import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `Grove, a small photo-sharing app on Pando.

  node examples/grove/start.ts [options]

  --port N            where to serve it (8090; the next free port if that is taken)
  --data DIR          where its data lives (examples/grove/.pando)
  --fresh             delete that data first and start anew
  --photos N          how many photos to seed an empty server with (40)
  --open              open the page in a browser
  --server URL        use a server that runs already; only the page is served here
  --superuser EMAIL   the superuser of that server, or $GROVE_SUPERUSER
  --password SECRET   its password, or $GROVE_PASSWORD
  --help              this text
`;

export interface GroveOptions {
  port: number;
  dataDir: string;
  fresh: boolean;
  photoCount: number;
  open: boolean;
  help: boolean;
  server?: string;
  superuser: { email: string; password: string };
}

/** Reads the command line. Throws an Error with a sentence for the user. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): GroveOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8090' },
      data: { type: 'string', default: resolve(import.meta.dirname, '../.pando') },
      photos: { type: 'string', default: '40' },
      fresh: { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      server: { type: 'string' },
      superuser: { type: 'string', default: environment.GROVE_SUPERUSER },
      password: { type: 'string', default: environment.GROVE_PASSWORD },
    },
  });
  if (values.server && !(values.superuser && values.password)) {
    throw new Error('--server needs --superuser and --password, to create the collections.');
  }
  return {
    port: readNumber('--port', values.port, 0, 65_535),
    photoCount: readNumber('--photos', values.photos, 1, 40),
    dataDir: resolve(values.data),
    fresh: values.fresh,
    open: values.open,
    help: values.help,
    ...(values.server ? { server: new URL(values.server).origin } : {}),
    // A superuser nobody can guess: the password is made anew at every start and printed.
    superuser: {
      email: values.superuser ?? 'root@grove.example',
      password: values.password ?? randomBytes(12).toString('base64url'),
    },
  };
}

function readNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new Error(`${name} must be a whole number from ${low} to ${high}.`);
  }
  return value;
}
