// A program that writes until it is done or killed, and prints a line for every commit that was acknowledged:
// `node writer.ts FOLDER JSON`. With `"syncs": false` the disk is never asked to sync, though the driver believes so:
// the fault that the crash tests must be able to see.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [folder, json] = process.argv.slice(2) as [string, string];
const settings = JSON.parse(json) as {
  clients: string[];
  commitsEach: number;
  hasFiles: boolean;
  walFramesMax?: number;
  syncs: boolean;
};

if (!settings.syncs) {
  const pretend = (_fd: number, done: (error: null) => void): void => void setImmediate(done, null);
  Object.assign(fs, { fdatasync: pretend });
  syncBuiltinESMExports();
}

// Only now, so that the driver finds the changed function.
const { say } = await import('./say.ts');
const { openFolder, runClients } = await import('./workload.ts');
const { walFramesMax } = settings;
const opened = await openFolder(folder, walFramesMax === undefined ? {} : { walFramesMax });
await runClients(opened, folder, settings, (mark) => say(`ACK ${mark}`));
await opened.close();
say('END');
