import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { environmentName, flagName, type Option, optionNames, optionTable } from '../../../src/config/options.ts';
import { defaultOptions, OptionError, readOptions, type WrittenOptions } from '../../../src/config/read-options.ts';

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function makeFolder(files: { readonly [name: string]: string } = {}): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pando-options-'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const read = (flags: WrittenOptions, environment: { [name: string]: string } = {}, folder = '/nowhere') =>
  readOptions({ flags, environment, folder });

test('every default is valid and reads back as written', () => {
  const options = defaultOptions();
  for (const name of optionNames) {
    const { kind } = optionTable[name] as Option<unknown>;
    assert.deepEqual(kind.read(kind.write(options[name]), '/'), options[name], name);
  }
  assert.deepEqual(options.http, { host: '127.0.0.1', port: 8090 });
  assert.equal(Object.isFrozen(options), true);
  assert.equal(flagName('realtimeClientsPerIpMax'), 'realtime-clients-per-ip-max');
  assert.equal(environmentName('realtimeClientsPerIpMax'), 'PANDO_REALTIME_CLIENTS_PER_IP_MAX');
});

test('flag before environment before file before default', async () => {
  await using folder = await makeFolder({
    'pando.json':
      '{"threads":2,"logLevel":"warn","origins":["a","b"],"indexFallback":false,"slowMs":7,"public":"site"}',
  });
  const environment = { PANDO_THREADS: '3', PANDO_SLOW_MS: '8', PANDO_DIR: '' };
  const { options, sources } = read({ dir: folder.path, threads: '4' }, environment);
  assert.deepEqual([options.threads, options.slowMs, options.logLevel, options.drainMs], [4, 8, 'warn', 10_000]);
  assert.deepEqual(
    [sources.threads, sources.slowMs, sources.logLevel, sources.drainMs],
    ['flag', 'environment', 'file', 'default'],
  );
  assert.deepEqual(options.origins, ['a', 'b']);
  assert.equal(options.indexFallback, false);
  assert.equal(options.public, path.join(folder.path, 'site'));
  assert.equal(read({ dir: 'x' }).options.dir, '/nowhere/x');
});

test('a config file by name', async () => {
  await using folder = await makeFolder({
    'my.json': '{"dir":"data","http":":80"}',
    'bad.json': '{',
    'list.json': '[]',
  });
  const config = path.join(folder.path, 'my.json');
  const { options } = read({ config });
  assert.deepEqual([options.dir, options.http], [path.join(folder.path, 'data'), { host: '0.0.0.0', port: 80 }]);
  assert.throws(() => read({ config: path.join(folder.path, 'no.json') }), /config file .*no\.json cannot be read/);
  assert.throws(() => read({ config: path.join(folder.path, 'bad.json') }), OptionError);
  assert.throws(() => read({ config: path.join(folder.path, 'list.json') }), /needs to hold one JSON object/);
});

test('what is wrong is said with its place and what would be right', async () => {
  const cases: [WrittenOptions, { [name: string]: string }, RegExp][] = [
    [{ http: '8090' }, {}, /^--http needs an address such as 127\.0\.0\.1:8090, not "8090"\.$/],
    [{ http: 'a:70000' }, {}, /--http needs an address/],
    [{ threads: '0' }, {}, /--threads needs a whole number from 1 to 64, not "0"/],
    [{ threads: '1.5' }, {}, /--threads needs a whole number/],
    [{ bodyBytesMax: '5 apples' }, {}, /--body-bytes-max needs a size from 1KB to 1024GB/],
    [{ logLevel: 'loud' }, {}, /--log-level needs one of debug, info, warn, error, silent, not "loud"/],
    [{}, { PANDO_DEV: 'maybe' }, /^PANDO_DEV needs true or false, not "maybe"\.$/],
    [{}, { PANDO_THREAD: '2' }, /The environment variable PANDO_THREAD is not an option/],
  ];
  for (const [flags, environment, message] of cases) {
    assert.throws(() => read(flags, environment), { name: 'OptionError', message });
  }
  await using folder = await makeFolder({ 'pando.json': '{"thread":2}' });
  assert.throws(() => read({ dir: folder.path }), /"thread" in .*pando\.json is not an option/);
  await writeFile(path.join(folder.path, 'pando.json'), '{"threads":null}');
  assert.throws(() => read({ dir: folder.path }), /"threads" in .* needs to be a text, a number/);
  await writeFile(path.join(folder.path, 'pando.json'), '{"dir":"elsewhere"}');
  assert.throws(() => read({ dir: folder.path }), /"dir" in .* is not an option/);
});

test('addresses and sizes', () => {
  assert.deepEqual(read({ http: '[::1]:80' }).options.http, { host: '::1', port: 80 });
  assert.deepEqual(read({ http: 'localhost:0' }).options.http, { host: 'localhost', port: 0 });
  assert.equal(read({ bodyBytesMax: '2mb' }).options.bodyBytesMax, 2 * 1024 * 1024);
  assert.equal(read({ bodyBytesMax: '5000' }).options.bodyBytesMax, 5000);
});
