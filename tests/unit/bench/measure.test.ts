import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Line, selectLines } from '../../../bench/line.ts';
import { ratioOf, type RoundResult, summarise, turnOrder } from '../../../bench/measure.ts';

function round(totalMs: number, more: Partial<RoundResult> = {}): RoundResult {
  return {
    requests: 10,
    totalMs,
    latenciesMs: Float64Array.of(totalMs / 10),
    errors: 0,
    errorSamples: [],
    generatorCpuShare: 0.1,
    serverCpuMs: undefined,
    rssBytes: undefined,
    ...more,
  };
}

describe('turnOrder', () => {
  it('changes with every round and with every line', () => {
    assert.deepEqual(turnOrder(2, 0, 0), [0, 1]);
    assert.deepEqual(turnOrder(2, 0, 1), [1, 0]);
    assert.deepEqual(turnOrder(2, 1, 0), [1, 0]);
    assert.deepEqual(turnOrder(2, 1, 1), [0, 1]);
  });
});

describe('summarise', () => {
  it('takes the median time of rounds that repeat the line', () => {
    const figures = summarise([round(100), round(300), round(120)], 'again');
    assert.equal(figures.totalMs, 120);
    assert.ok(Math.abs(figures.perSecond - 30 / 0.52) < 1e-9);
  });

  it('adds up rounds that divide the line', () =>
    assert.equal(summarise([round(100), round(300)], 'split').totalMs, 400));

  it('counts errors of all rounds and keeps distinct samples', () => {
    const bad = { errors: 2, errorSamples: ['500 x'] };
    const figures = summarise([round(1, bad), round(1, bad)], 'again');
    assert.equal(figures.errors, 4);
    assert.deepEqual(figures.errorSamples, ['500 x']);
  });

  it('divides the CPU time of the server by the requests, and knows when it is unknown', () => {
    assert.equal(
      summarise([round(1, { serverCpuMs: 20 }), round(1, { serverCpuMs: 40 })], 'again').serverCpuMsPerRequest,
      3,
    );
    assert.equal(summarise([round(1, { serverCpuMs: 20 }), round(1)], 'again').serverCpuMsPerRequest, undefined);
  });
});

describe('ratioOf', () => {
  const compare = (first: RoundResult[], second: RoundResult[]): number | undefined =>
    ratioOf([first, second], [summarise(first, 'again'), summarise(second, 'again')]);

  it('is above 1 when the first server is faster', () => assert.equal(compare([round(100)], [round(250)]), 2.5));

  it('pairs the rounds and takes the median, so that one disturbed round does not decide', () => {
    assert.equal(compare([round(100), round(100), round(900)], [round(200), round(210), round(220)]), 2);
  });

  it('does not exist where a server had errors: failing fast is not speed', () => {
    assert.equal(compare([round(1, { errors: 1 })], [round(250)]), undefined);
  });

  it('does not exist for one server', () =>
    assert.equal(ratioOf([[round(1)]], [summarise([round(1)], 'again')]), undefined));
});

describe('selectLines', () => {
  const line = (group: 'raw' | 'search', name: string): Line => ({
    kind: 'load',
    group,
    name,
    requests: 1,
    concurrency: 1,
    rounds: 'again',
    needs: [],
    load: () => Promise.reject(new Error('not loaded')),
  });
  const lines = [line('raw', 'list x16'), line('search', 'posts10k simpleA'), line('search', 'raw words')];
  const names = (only: string | undefined): string[] => selectLines(lines, only).map(({ name }) => name);

  it('takes all lines unless told', () =>
    assert.deepEqual(names(undefined), ['list x16', 'posts10k simpleA', 'raw words']));
  it('finds words in group and name, whatever their case', () =>
    assert.deepEqual(names('SIMPLEA, list'), ['list x16', 'posts10k simpleA']));
  it('finds nothing for a word that no line has', () => assert.deepEqual(names('nothing'), []));
});
