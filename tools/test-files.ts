// Finds the test files and runs them with node:test, each file in its own process.
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { NODE_FLAGS } from '../bin/runtime.mjs';
import { ROOT, toolEnvironment } from './steps.ts';

/** Counts of single tests; a file that cannot be loaded counts as one failed test. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** No file runs longer, so that a hanging test cannot hold up the machine. */
const FILE_TIMEOUT_MS = 300_000;

/** Tests wait for disks and sockets a good part of their time, so two run side by side even on one core. */
const CONCURRENCY_MIN = 2;

/** Test files whose path contains one of the words, or all of them when there are no words; relative, sorted. */
export function findTestFiles(words: readonly string[]): string[] {
  const files = ['tests/**/*.test.ts', 'src/**/*.test.ts'].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  return files.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).toSorted();
}

/** Runs the files and prints each test with its outcome. */
export async function runTestFiles(files: readonly string[]): Promise<TestTotals> {
  const failures: string[] = [];
  let totals = { passed: 0, failed: 0, skipped: 0 };
  Object.assign(process.env, toolEnvironment());
  const events = run({
    files: [...files],
    cwd: ROOT,
    concurrency: Math.max(CONCURRENCY_MIN, availableParallelism()),
    timeout: FILE_TIMEOUT_MS,
    execArgv: [...NODE_FLAGS],
  });
  events.on('test:fail', ({ name, file, details, todo }) => {
    const { error } = details;
    const isByItself = !('failureType' in error) || error.failureType !== 'subtestsFailed';
    if (isByItself && todo === undefined) failures.push(`${path.relative(ROOT, file ?? '')}: ${name}`);
  });
  events.on('test:summary', ({ counts, file }) => {
    if (file !== undefined) return;
    const skipped = counts.skipped + counts.todo;
    totals = { passed: counts.passed, failed: counts.tests - counts.passed - skipped, skipped };
  });
  for await (const text of events.compose(new spec())) process.stdout.write(text);
  return { ...totals, failures };
}
