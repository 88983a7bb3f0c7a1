// Long values in many records: what one answer may bring into memory has an end, and the server goes on.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/pages/records';
const count = 35;

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '' };
  const books = await world.createCollection({ name: 'books', ...open, fields: [{ name: 'title', type: 'text' }] });
  const book = { name: 'book', type: 'relation', collectionId: books['id'], maxSelect: 1 };
  await world.createCollection({ name: 'pages', ...open, fields: [{ name: 'text', type: 'editor' }, book] });
  await world.createRecord('books', { id: 'book00000000001', title: 'Atlas' });
  const text = 'x'.repeat(2_000_000);
  for (let index = 0; index < count; index += 1) {
    await world.createRecord('pages', { id: `page0000000000${index}`.slice(-15), text, book: 'book00000000001' });
  }
}

apiSuite('hostile answers', setUp, (suite) => {
  suite.scenarios('long records', [
    { name: 'a few', path: `${records}?perPage=3&sort=-id&fields=id`, status: 200, body: { totalItems: count } },
    { name: 'too many', path: `${records}?perPage=1000&fields=id`, status: 413, pandoOnly: 'no answer is that large' },
    {
      name: 'too many, expanded',
      path: '/api/collections/books/records/book00000000001?expand=pages_via_book&fields=id',
      status: 413,
      pandoOnly: 'as above',
    },
  ]);

  suite.test('a long page of short records comes whole and in order', async (world) => {
    await world.createCollection({
      name: 'notes',
      listRule: '',
      fields: [
        { name: 'data', type: 'json' },
        { name: 'rank', type: 'number' },
      ],
    });
    const requests = Array.from({ length: 100 }, (_, index) => ({
      method: 'POST',
      url: '/api/collections/notes/records',
      body: { data: { index }, rank: (index * 37) % 100 },
    }));
    await world.updateSettings({ batch: { enabled: true, maxRequests: 100 } });
    await world.expect({ method: 'POST', path: '/api/batch', as: 'superuser', json: { requests } });
    const { items } = await world.expect({ path: '/api/collections/notes/records?perPage=90&sort=rank&page=1' });
    const ranks = (items as Array<{ rank: number }>).map(({ rank }) => rank);
    assert.deepEqual(
      ranks,
      Array.from({ length: 90 }, (_, index) => index),
    );
  });
});
