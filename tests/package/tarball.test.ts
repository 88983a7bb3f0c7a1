// What users get: the packed tarball, installed in an empty folder and served from there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { startServer } from '../../src/testing/start-server.ts';
import { ROOT, toolEnvironment } from '../../tools/steps.ts';

const PROGRAM_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const folder = mkdtempSync(path.join(tmpdir(), 'pando-package-'));
const app = path.join(folder, 'app');
const installed = path.join(app, 'node_modules', 'pando');

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, env: toolEnvironment(), maxBuffer: PROGRAM_OUTPUT_BYTES_MAX };
  return (await promisify(execFile)(command, args, options)).stdout;
}

suite('the packed tarball', () => {
  before(async () => {
    await run('npm', ['pack', '--pack-destination', folder], ROOT);
    const [tarball] = globSync('*.tgz', { cwd: folder });
    assert(tarball, 'npm pack wrote no tarball');
    mkdirSync(app);
    writeFileSync(path.join(app, 'package.json'), '{"private":true,"type":"module"}');
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...quiet, path.join(folder, tarball)], app);
  });

  after(() => rmSync(folder, { recursive: true }));

  test('holds JavaScript and type declarations, and no sources, tests or tools', () => {
    const files = globSync('**/*', { cwd: installed, withFileTypes: true, exclude: ['node_modules'] })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)));
    const tops = new Set(files.map((file) => file.split(path.sep)[0]));
    const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'package.json'];
    assert.deepEqual([...tops].toSorted(), expected);
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js']) assert(files.includes(file), file);
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
    assert.deepEqual(sources, []);
  });

  test('imports no development dependency and no TypeScript', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
    for (const file of globSync('dist/**/*.js', { cwd: installed })) {
      const text = readFileSync(path.join(installed, file), 'utf8');
      for (const [, specifier = ''] of text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'/gm)) {
        const isOwn = specifier.startsWith('.') && specifier.endsWith('.js');
        const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
        const isKnown = specifier.startsWith('node:') || Object.hasOwn(dependencies, name.join('/'));
        assert(isOwn || isKnown, `${file} imports ${specifier}`);
      }
    }
  });

  test('has one public entry', async () => {
    const program = `
      const own = await import('pando');
      const refused = await import('pando/dist/cli/main.js').catch((error) => error.code);
      console.log(JSON.stringify({ names: Object.keys(own), refused }));
    `;
    const { names, refused } = JSON.parse(await run('node', ['--input-type=module', '-e', program], app));
    assert(names.length > 0, 'the public entry exports nothing');
    assert.equal(refused, 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('explains itself through npx', async () => {
    assert.match(await run('npx', ['--no-install', 'pando', '--help'], app), /serve/);
  });

  test('serves from an empty folder', async () => {
    process.env['PANDO_TEST_SERVER'] = path.join(app, 'node_modules', '.bin', 'pando');
    await using server = await startServer();
    const answer = await fetch(`${server.baseUrl}/api/health`);
    assert.equal(answer.status, 200);
    const signedIn = await fetch(`${server.baseUrl}/api/collections/_superusers/auth-with-password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identity: server.email, password: server.password }),
    });
    assert.equal(signedIn.status, 200, server.output());
  });
});
