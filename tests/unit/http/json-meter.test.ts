import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonMeter } from '../../../src/http/json-meter.ts';

function measure(text: string, chunkSize: number): [number, number] {
  const meter = new JsonMeter();
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += chunkSize) meter.add(bytes.subarray(start, start + chunkSize));
  return [meter.work, meter.depth];
}

test('the work of a text is the same however it is cut', () => {
  const cases: [string, number, number][] = [
    ['{}', 1, 1],
    ['{"a":[1,2]}', 3.125, 2],
    ['{"a":"[[{{::,,"}', 2, 1],
    ['{"a\\"[":"\\\\","b":"\\\\\\""}', 3.125, 1],
    ['{"a":"ü🌳\\u0022["}', 2, 1],
    ['[[],[[]]] [[[[[[', 4.125, 3],
    ['"[[["', 0, 0],
    ['', 0, 0],
    ['{"a":"never closed [[[', 2, 1],
    [']]]]', 0, 0],
  ];
  for (const [text, work, depth] of cases) {
    for (const size of [1, 2, 3, 5, 1000]) assert.deepEqual(measure(text, size), [work, depth], `${text} by ${size}`);
  }
});
