// One commit that removes many records: everyone hears of exactly those that they could see, and the server goes on answering others.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import { SseClient } from '../../src/testing/sse-client.ts';
import type { World } from '../../src/testing/world.ts';

const sectionsMax = 2;
const pagesMax = 4000;
const bookId = 'book00000000001';

const sectionOf = (index: number): string => `section0000000${index}`.slice(0, 15);

async function setUp(world: World): Promise<void> {
  const relation = (name: string, collectionId: unknown): object => ({
    name,
    type: 'relation',
    collectionId,
    maxSelect: 1,
    cascadeDelete: true,
  });
  const books = await world.createCollection({ name: 'books', fields: [{ name: 'title', type: 'text' }] });
  const sections = await world.createCollection({
    name: 'sections',
    fields: [{ name: 'open', type: 'bool' }, relation('book', books['id'])],
  });
  await world.createCollection({
    name: 'pages',
    listRule: "section.open = true && section.book.title = 'Atlas'",
    fields: [{ name: 'text', type: 'text' }, relation('section', sections['id'])],
    indexes: ['CREATE INDEX idx_pages ON pages (section)'],
  });
  await world.createRecord('books', { id: bookId, title: 'Atlas' });
  for (let index = 0; index < sectionsMax; index += 1) {
    await world.createRecord('sections', { id: sectionOf(index), open: index === 0, book: bookId });
  }
  await world.updateSettings({ batch: { enabled: true, maxRequests: pagesMax, timeout: 30 } });
  const requests = Array.from({ length: pagesMax }, (_, index) => ({
    method: 'POST',
    url: '/api/collections/pages/records',
    body: { text: `${index}`, section: sectionOf(index % sectionsMax) },
  }));
  await world.expect({ method: 'POST', path: '/api/batch', as: 'superuser', json: { requests } });
}

apiSuite('realtime: a cascade', setUp, (suite) => {
  suite.test('of every record that goes, those hear who could list it', async (world) => {
    await using client = await SseClient.connect(world.server.baseUrl);
    const subscriptions = ['pages/*'];
    const json = { clientId: client.clientId, subscriptions };
    await world.expect({ method: 'POST', path: '/api/realtime', json });
    const path = `/api/collections/books/records/${bookId}`;
    await world.expect({ method: 'DELETE', path, as: 'superuser' });
    const isLast = (): boolean => client.events.length > pagesMax / sectionsMax;
    await client.waitFor(isLast);
    const records = client.events
      .slice(1)
      .map(({ json: data }) => data as { action: string; record: { text: string } });
    assert.ok(records.every(({ action }) => action === 'delete'));
    const texts = records.map(({ record }) => Number(record.text));
    const expected = Array.from({ length: pagesMax / sectionsMax }, (_, index) => index * sectionsMax);
    assert.deepEqual(new Set(texts), new Set(expected));
    assert.equal(texts.length, expected.length);
  });
});
