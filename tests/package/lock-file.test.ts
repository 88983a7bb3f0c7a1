// The lock file serves everyone: behind any registry, on any platform.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../../tools/steps.ts';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const lock: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'),
);
/** Without the first entry, which is this package itself. */
const packages = Object.entries(lock.packages).slice(1);

test('dependencies have exact versions', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test('no registry is named', () => {
  assert.deepEqual(
    packages.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place),
    [],
  );
});

test('what is installed everywhere has a checksum', () => {
  const unchecked = packages.filter(([, { integrity, optional }]) => integrity === undefined && optional !== true);
  assert.deepEqual(
    unchecked.map(([place]) => place),
    [],
  );
});

test('packages of other platforms are listed, or npm ci refuses the file where a registry lacks them', () => {
  const places = new Set(packages.map(([place]) => place));
  for (const [place, { optionalDependencies }] of packages) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      assert(places.has(`node_modules/${name}`) || places.has(`${place}/node_modules/${name}`), `${place}: ${name}`);
    }
  }
});
