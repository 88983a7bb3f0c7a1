// bin/pando and tools/boot.mjs in small stand-ins of a clone and of an installed package.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { suite } from 'node:test';
import { ROOT } from '../../tools/steps.ts';

/** Makes the launcher start a child, as it must under a Node without process.execve. */
const WITHOUT_EXECVE = ['--import', 'data:text/javascript,delete process.execve'];

/** Prints how it was started, then waits for a signal if asked to. */
const PROGRAM = `
  process.on('SIGTERM', () => process.exit(7));
  if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
  if (process.argv[2] === 'fail') process.exitCode = 5;
  console.log(JSON.stringify({
    pid: process.pid,
    node: process.execPath,
    arguments: process.argv.slice(2),
    folder: process.cwd(),
    pool: process.env.UV_THREADPOOL_SIZE,
    launcher: process.env.PANDO_LAUNCHER_PID,
    flags: process.execArgv,
  }));
`;

interface Report {
  readonly pid: number;
  readonly node: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly pool: string;
  readonly launcher: string | undefined;
  readonly flags: readonly string[];
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Folder implements Disposable {
  readonly path = mkdtempSync(path.join(tmpdir(), 'pando-launch-'));

  write(file: string, text: string): string {
    const target = this.at(file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  }

  at(file: string): string {
    return path.join(this.path, file);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A clone whose program is the one above; the pinned Node is this repository's. */
function makeClone(): Folder {
  const folder = new Folder();
  cpSync(path.join(ROOT, 'bin'), folder.at('bin'), { recursive: true });
  folder.write('package.json', '{"type":"module"}');
  folder.write('src/cli/main.ts', PROGRAM);
  folder.write('package-lock.json', '{"packages":{}}');
  folder.write('node_modules/.package-lock.json', '{"packages":{}}');
  symlinkSync(path.join(ROOT, 'node_modules', 'node'), folder.at('node_modules/node'));
  return folder;
}

function runNode(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { ...options, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

async function firstReport(child: ChildProcess): Promise<Report> {
  assert(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('the program printed nothing');
}

for (const [title, flags] of [
  ['in place of the launcher', []],
  ['as a child of the launcher', WITHOUT_EXECVE],
] as const) {
  suite(`the program runs ${title}`, () => {
    test('from any folder, under the pinned Node, with its flags and thread pool', async () => {
      using clone = makeClone();
      const ended = await runNode([...flags, clone.at('bin/pando'), 'serve', '--http', 'x'], {
        cwd: tmpdir(),
        env: { ...process.env, UV_THREADPOOL_SIZE: '' },
      });
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(ended.stderr, '');
      const report: Report = JSON.parse(ended.stdout);
      assert.deepEqual(report.arguments, ['serve', '--http', 'x']);
      assert.equal(report.folder, tmpdir());
      assert.equal(report.node, path.join(ROOT, 'node_modules/node/bin/node'));
      assert.equal(report.pool, '8');
      assert.equal(report.launcher, undefined);
      assert.ok(report.flags.includes('--disable-warning=ExperimentalWarning'));
    });

    test('with the thread pool that the user chose', async () => {
      using clone = makeClone();
      const env = { ...process.env, UV_THREADPOOL_SIZE: '3' };
      const { stdout } = await runNode([...flags, clone.at('bin/pando')], { env });
      assert.equal(JSON.parse(stdout).pool, '3');
    });

    test('and passes its exit code on', async () => {
      using clone = makeClone();
      const { code } = await runNode([...flags, clone.at('bin/pando'), 'fail']);
      assert.equal(code, 5);
    });

    test('and gets the signals sent to the launcher', async () => {
      using clone = makeClone();
      const launcher = spawn(process.execPath, [...flags, clone.at('bin/pando'), 'wait']);
      await firstReport(launcher);
      launcher.kill('SIGTERM');
      const [code] = await once(launcher, 'exit');
      assert.equal(code, 7);
    });

    test('and does not outlive a launcher that is killed', async () => {
      using clone = makeClone();
      const launcher = spawn(process.execPath, [...flags, clone.at('bin/pando'), 'wait']);
      await firstReport(launcher);
      launcher.kill('SIGKILL');
      // The program holds the other end of this pipe, so the pipe ends only when the program has.
      launcher.stdout.resume();
      await once(launcher, 'close');
    });
  });
}

test('the pinned Node is found where npm hoisted it, and the built program runs there', async () => {
  using app = new Folder();
  const installed = 'node_modules/pando';
  cpSync(path.join(ROOT, 'bin'), app.at(`${installed}/bin`), { recursive: true });
  app.write(`${installed}/package.json`, '{"type":"module"}');
  app.write(`${installed}/dist/cli/main.js`, PROGRAM);
  symlinkSync(path.join(ROOT, 'node_modules', 'node'), app.at('node_modules/node'));
  const { stdout, stderr } = await runNode([app.at(`${installed}/bin/pando`)]);
  assert.equal(stderr, '');
  assert.equal(JSON.parse(stdout).node, path.join(ROOT, 'node_modules/node/bin/node'));
});

test('a package without its pinned Node runs under a running Node that is new enough', async () => {
  using app = new Folder();
  cpSync(path.join(ROOT, 'bin'), app.at('bin'), { recursive: true });
  app.write('package.json', '{"type":"module"}');
  app.write('dist/cli/main.js', PROGRAM);
  const { stdout } = await runNode([app.at('bin/pando')]);
  assert.equal(JSON.parse(stdout).node, process.execPath);
});

test('an old Node is refused with what to do about it', async () => {
  using app = new Folder();
  cpSync(path.join(ROOT, 'bin'), app.at('bin'), { recursive: true });
  app.write('package.json', '{"type":"module"}');
  app.write('dist/cli/main.js', PROGRAM);
  const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;
  const { code, stdout, stderr } = await runNode(['--import', old, app.at('bin/pando')]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^pando: the pinned Node is not installed/);
  assert.match(stderr, /npm install/);
});

suite('a clone installs what is missing', () => {
  /** A clone, and an `npm` that notes its arguments and fails, so that nothing is installed for real. */
  function makeCloneWithNpm(): Folder {
    const clone = makeClone();
    clone.write('tools/script.ts', PROGRAM);
    cpSync(path.join(ROOT, 'tools/boot.mjs'), clone.at('tools/boot.mjs'));
    chmodSync(clone.write('npm-bin/npm', '#!/bin/sh\necho "npm got: $@"\nexit 3\n'), 0o755);
    return clone;
  }

  function boot(clone: Folder, script: string): Promise<Ended> {
    const env = { ...process.env, PATH: `${clone.at('npm-bin')}:${process.env['PATH']}` };
    return runNode([clone.at(script), 'tools/script.ts'], { env });
  }

  test('when there is nothing', async () => {
    using clone = makeCloneWithNpm();
    rmSync(clone.at('node_modules'), { recursive: true });
    for (const script of ['tools/boot.mjs', 'bin/pando']) {
      const { code, stdout, stderr } = await boot(clone, script);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /npm got: ci /);
      assert.match(stderr, /npm ci failed in .* \(exit code 3\)/);
    }
  });

  test('when an install was cut short', async () => {
    using clone = makeCloneWithNpm();
    rmSync(clone.at('node_modules/.package-lock.json'));
    assert.match((await boot(clone, 'tools/boot.mjs')).stderr, /npm got: ci /);
  });

  for (const [title, locked, installed] of [
    [
      'when the lock file has another version',
      { a: { version: '2', integrity: 'x' } },
      { a: { version: '1', integrity: 'x' } },
    ],
    ['when the lock file has a package more', { a: { version: '1' }, b: { version: '1' } }, { a: { version: '1' } }],
    ['when the lock file has a package less', {}, { a: { version: '1' } }],
  ] as const) {
    test(title, async () => {
      using clone = makeCloneWithNpm();
      clone.write('package-lock.json', JSON.stringify({ packages: { '': { name: 'x' }, ...locked } }));
      clone.write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
      assert.match((await boot(clone, 'tools/boot.mjs')).stderr, /npm got: ci /);
      // The program itself does not touch the packages of a clone that has any.
      assert.equal((await boot(clone, 'bin/pando')).code, 0);
    });
  }

  test('and otherwise leaves npm alone', async () => {
    using clone = makeCloneWithNpm();
    const packages = { a: { version: '1', integrity: 'x' } };
    const forOthers = { version: '1', optional: true };
    clone.write('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages, forOthers } }));
    clone.write('node_modules/.package-lock.json', JSON.stringify({ packages }));
    const { code, stderr } = await boot(clone, 'tools/boot.mjs');
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });
});
