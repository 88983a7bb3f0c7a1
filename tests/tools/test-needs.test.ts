// What `npm test` does about programs that tests need and the machine lacks.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { ROOT } from '../../tools/steps.ts';

const FILES = ['tests/a.test.ts', 'tests/b.browser.test.ts', 'tests/c.strace.test.ts'];

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pando-needs-'));
  // The launcher's own words, which every machine has.
  for (const command of ['env', 'sh', 'touch', 'chmod']) symlinkSync(findCommand(command), path.join(folder, command));
});

afterEach(() => rmSync(folder, { recursive: true }));

function findCommand(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}

/** Puts a program on the path that notes its arguments and then does as told. */
function addCommand(name: string, script: string): void {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "${name} $@" >> ${folder}/calls\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Installs what FILES need on a machine with these programs only; answers what is then still missing. */
function install(userId: number): { isGood: boolean; missing: string[]; calls: string[] } {
  const program = `
    import { findUnmetNeeds, installNeeds } from ${JSON.stringify(path.join(ROOT, 'tools/test-needs.ts'))};
    process.getuid = () => ${userId};
    const files = ${JSON.stringify(FILES)};
    const isGood = await installNeeds(findUnmetNeeds(files));
    const missing = findUnmetNeeds(files).map((need) => need.command);
    process.stderr.write(JSON.stringify({ isGood, missing }));
  `;
  const output = path.join(folder, 'output');
  const redirect = `exec "$0" --input-type=module -e "$1" 2>"$2" >/dev/null`;
  execFileSync('/bin/sh', ['-c', redirect, process.execPath, program, output], { env: { PATH: folder } });
  const calls = path.join(folder, 'calls');
  return {
    ...JSON.parse(readFileSync(output, 'utf8')),
    calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [],
  };
}

const APT_GET = `for word in "$@"; do case $word in chromium|strace) touch ${'$'}{0%/*}/$word; chmod 755 ${'$'}{0%/*}/$word;; esac; done`;
const INSTALLED = ['apt-get -q update', 'apt-get -q install -y --no-install-recommends chromium strace'];

test('root installs them', () => {
  addCommand('apt-get', APT_GET);
  assert.deepEqual(install(0), { isGood: true, missing: [], calls: INSTALLED });
});

test('what is there is not installed again', () => {
  addCommand('apt-get', APT_GET);
  addCommand('chromium', '');
  const { missing, calls } = install(0);
  assert.deepEqual(missing, []);
  assert.deepEqual(calls, [INSTALLED[0], 'apt-get -q install -y --no-install-recommends strace']);
});

test('an ordinary user installs them by a sudo that asks nothing', () => {
  addCommand('apt-get', APT_GET);
  addCommand('sudo', 'shift; if [ "$1" != true ]; then exec "$@"; fi');
  const { isGood, missing, calls } = install(1000);
  assert.deepEqual({ isGood, missing }, { isGood: true, missing: [] });
  assert.deepEqual(
    calls.filter((call) => call.startsWith('apt-get')),
    INSTALLED,
  );
});

test('without root they stay missing, which is no failure', () => {
  addCommand('apt-get', APT_GET);
  addCommand('sudo', 'exit 1');
  assert.deepEqual(install(1000), { isGood: true, missing: ['chromium', 'strace'], calls: ['sudo -n true'] });
});

test('elsewhere than on Debian they stay missing', () => {
  assert.deepEqual(install(0), { isGood: true, missing: ['chromium', 'strace'], calls: [] });
});

test('an installation that fails is a failure', () => {
  addCommand('apt-get', 'exit 100');
  assert.deepEqual(install(0), { isGood: false, missing: ['chromium', 'strace'], calls: [INSTALLED[0]] });
});
