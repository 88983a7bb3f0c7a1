import { setTimeout as sleep } from 'node:timers/promises';
import { Crew } from '../load/crew.ts';
import { median } from '../statistics.ts';
import { Server } from '../target/server.ts';
import { readUsage } from '../target/usage.ts';
import { credentials, RunningProgram } from './program.ts';

const VIEWERS = 20;
const EVENTS = 12;
const SETTLE_MS = 3000;
const TIMEOUT_MS = 60_000;
const RULE = '@request.auth.id != "" && (public = true || author = @request.auth.id)';

/**
 * Opens the clients, each subscribed by a POST with the token of one of twenty users, measures what they cost, and sends events that all of
 * them may see by the list rule, the next when all clients have the last.
 */
export async function measureStreams(folder: string, clients: number, cpus: string | undefined): Promise<void> {
  await using running = await RunningProgram.start(folder, { isProbed: true, cpus });
  const server = new Server('pando', running.url, { pid: running.pid, isOneShot: false });
  await server.signIn(credentials);
  const tokens = await prepare(server);
  await using crew = new Crew(1);
  // The first clients bring code and buffers with them that the later ones share.
  await crew.listen(server.address, 100, 'streams/*', tokens, TIMEOUT_MS);
  await crew.hangUp();
  await sleep(SETTLE_MS);
  const before = await running.memory();
  await crew.listen(server.address, clients, 'streams/*', tokens, TIMEOUT_MS);
  await sleep(SETTLE_MS);
  const after = await running.memory();
  const perClient = (after.rssBytes - before.rssBytes) / clients / 1024;
  console.log(`${clients} idle clients: ${perClient.toFixed(1)} KiB RSS each, server ${mb(after.rssBytes)}`);
  await sendEvents(running, server, crew, clients);
  await crew.hangUp();
}

/** Makes the collections, and answers the tokens of the viewers. */
async function prepare(server: Server): Promise<string[]> {
  const fields = [
    { name: 'title', type: 'text' },
    { name: 'text', type: 'text' },
    { name: 'public', type: 'bool' },
    { name: 'author', type: 'text' },
  ];
  await server.call('POST', '/api/collections', {
    name: 'streams',
    type: 'base',
    listRule: RULE,
    viewRule: RULE,
    createRule: '',
    fields,
  });
  const tokens: string[] = [];
  for (let i = 0; i < VIEWERS; i += 1) {
    const password = 'a viewer of streams';
    const record = { email: `viewer${i}@example.com`, password, passwordConfirm: password };
    const { id } = await server.call('POST', '/api/collections/users/records', record);
    tokens.push(await server.impersonate(String(id)));
  }
  return tokens;
}

async function sendEvents(running: RunningProgram, server: Server, crew: Crew, clients: number): Promise<void> {
  const rates: number[] = [];
  const cpuRates: number[] = [];
  const held = { cpuMs: [] as number[], wallMs: [] as number[] };
  const text = 'Something happened, and everyone who may know of it shall know of it now.';
  for (let event = 0; event < EVENTS; event += 1) {
    await running.loop();
    const usage = await readUsage(running.pid);
    const sentNs = process.hrtime.bigint();
    const record = { title: `event-${event}`, text, public: true, author: '' };
    await server.call('POST', '/api/collections/streams/records', record, '');
    const arrivedNs = await crew.arrivals(`event-${event}`, TIMEOUT_MS);
    if (arrivedNs.length < clients) throw new Error(`only ${arrivedNs.length} of ${clients} got the event`);
    const last = arrivedNs.reduce((latest, at) => (at > latest ? at : latest), 0n);
    const cpuMs = ((await readUsage(running.pid))?.cpuMs ?? 0) - (usage?.cpuMs ?? 0);
    const loop = await running.loop();
    rates.push((clients * 1000) / (Number(last - sentNs) / 1e6));
    cpuRates.push((clients * 1000) / cpuMs);
    held.cpuMs.push(loop.cpuMs);
    held.wallMs.push(loop.wallMs);
  }
  const thousands = (value: number): string => `${(value / 1000).toFixed(1)} K`;
  console.log(
    `one event to ${clients} clients with a rule: ${thousands(median(rates))} messages/s (median of ${EVENTS}), ` +
      `${thousands(Math.max(...rates))} (best); ${thousands(median(cpuRates))} by the server's CPU time`,
  );
  console.log(
    `first event: the loop held ${held.cpuMs[0]?.toFixed(1)} ms (CPU), ${held.wallMs[0]?.toFixed(1)} ms (clock)`,
  );
  console.log(
    `later ones: at most ${Math.max(...held.cpuMs.slice(1)).toFixed(1)} ms (CPU), ` +
      `${Math.max(...held.wallMs.slice(1)).toFixed(1)} ms (clock, with what others took of the core)`,
  );
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
