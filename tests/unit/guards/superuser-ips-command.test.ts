import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { main } from '../../../src/cli/main.ts';

let folder: string;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pando-ips-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function ips(list: string): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main({
    args: ['superuser', 'ips', list, '--dir', path.join(folder, 'data'), '--json'],
    environment: {},
    folder,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

it('pando superuser ips sets the addresses of superusers, and refuses what is none', async () => {
  const some = await ips('10.0.0.0/8, 203.0.113.7');
  assert.deepEqual([some.code, some.out], [0, ['{"superuserIPs":["10.0.0.0/8","203.0.113.7"]}']]);
  const wrong = await ips('nonsense');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err.join('\n'), /superuserIPs\.0: Invalid IP or CIDR subnet/);
  assert.deepEqual((await ips('all')).out, ['{"superuserIPs":[]}']);
});
