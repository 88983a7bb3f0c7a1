import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/observe/logger.ts';
import { Reporter } from '../../../src/observe/reporter.ts';

function open(format: 'line' | 'json', isDev = false, level: 'info' | 'debug' | 'silent' = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, format, write: (line) => void lines.push(line) });
  return { lines, reporter: new Reporter(logger, { slowMs: 100, isDev }) };
}

const request = { id: '1', method: 'GET', path: '/a', status: 200, durationMs: 1, error: undefined, isFault: false };

test('one line of JSON per event', () => {
  const { lines, reporter } = open('json');
  reporter.started('127.0.0.1:1', 12.6);
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0]!) as { time: string };
  assert.match(time, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, { level: 'info', address: '127.0.0.1:1', startMs: 13, msg: 'Listening.' });
  assert.equal(lines[0]!.endsWith('\n'), true);
});

test('a line for people cannot be forged', () => {
  const { lines, reporter } = open('line', true);
  reporter.requestDone({ ...request, path: '/a\n2026 error "x" \u001b[2J' });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0]!,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info  Request\. id=1 method=GET path="\/a.*" status=200 durationMs=1\n$/,
  );
  assert.equal(lines[0]!.includes('\u001b'), false);
});

test('ordinary requests are counted; slow and failed ones are logged', () => {
  const { lines, reporter } = open('json');
  reporter.requestDone(request);
  reporter.requestAnsweredQuickly();
  assert.deepEqual(lines, []);
  reporter.requestDone({ ...request, durationMs: 101 });
  reporter.requestDone({ ...request, status: 500, error: new Error('boom'), isFault: true });
  const [slow, failed] = lines.map((line) => JSON.parse(line) as { [name: string]: string });
  assert.deepEqual([slow!['level'], slow!['msg']], ['warn', 'A request was slow.']);
  assert.deepEqual([failed!['level'], failed!['error']], ['error', 'Error: boom']);
  assert.match(failed!['stack']!, /reporter\.test/);
  assert.deepEqual(reporter.counts, { requestDone: 4, requestQuick: 1, requestFailed: 1 });
});

test('levels', () => {
  const quiet = open('json', false, 'silent');
  quiet.reporter.uncaught(new Error('x'));
  assert.deepEqual(quiet.lines, []);
  assert.equal(quiet.reporter.counts['uncaught'], 1);
  const { lines, reporter } = open('json');
  reporter.commitRefused('conflict');
  assert.deepEqual(lines, []);
  reporter.partFailed('x', 'stop', 'text');
  assert.equal((JSON.parse(lines[0]!) as { error: string }).error, 'string');
});
