import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketCount, bucketOf, bucketPrefixOf, checksumId, createId, freeChecksumId } from '../../../src/model/ids.ts';

test('new ids are 15 letters, the first two of which are their bucket', () => {
  for (let count = 0; count < 500; count++) assert.match(createId(), /^[a-z0-9]{15}$/);
  assert.match(createId('zz'), /^zz[a-z0-9]{13}$/);
  assert.equal(bucketOf(createId('0a')), 10);
});

test('every id has a bucket, and ids that start alike share it', () => {
  assert.equal(bucketOf('00aaaaaaaaaaaaa'), 0);
  assert.equal(bucketOf('zz'), bucketCount - 1);
  assert.equal(bucketOf('10'), 36);
  for (const id of ['', 'a', 'A', 'Ab1', 'é', '😀😀x', '-', 'a-b']) {
    const bucket = bucketOf(id);
    assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket < bucketCount, id);
    assert.equal(bucketOf(`${bucketPrefixOf(id)}${id.length > 1 ? 'more' : ''}`), bucket, id);
    assert.ok(bucketPrefixOf(id).isWellFormed());
  }
});

test('collections and fields have the ids that follow from their names', () => {
  assert.equal(checksumId('text', 'id'), 'text3208210256');
  assert.equal(checksumId('pbc_', 'auth_superusers'), 'pbc_3142635823');
  assert.equal(checksumId('autodate', 'updated'), 'autodate3332085495');
  const taken = new Set(['text3208210256', 'text32082102562']);
  assert.equal(
    freeChecksumId('text', 'id', (id) => taken.has(id)),
    'text32082102563',
  );
});
