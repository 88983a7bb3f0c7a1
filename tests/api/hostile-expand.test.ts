// A record can stand below itself: a short path through a circle must not make an answer that grows with every step.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const postId = 'post00000000001';
const commentsMax = 300;
const circle = 'comments_via_post.post.comments_via_post.post.comments_via_post.post';

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '' };
  const posts = await world.createCollection({ name: 'posts', ...open, fields: [{ name: 'title', type: 'text' }] });
  const post = { name: 'post', type: 'relation', collectionId: posts['id'], maxSelect: 1 };
  await world.createCollection({ name: 'comments', ...open, fields: [{ name: 'text', type: 'text' }, post] });
  await world.createRecord('posts', { id: postId, title: 'One' });
  await world.updateSettings({ batch: { enabled: true, maxRequests: commentsMax, timeout: 30 } });
  const request = { method: 'POST', url: '/api/collections/comments/records', body: { text: 'x', post: postId } };
  const json = { requests: Array.from({ length: commentsMax }, () => request) };
  await world.expect({ method: 'POST', path: '/api/batch', as: 'superuser', json });
}

/** Records in an answer, each as often as it stands there. */
function countRecords(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + countRecords(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'collectionId' in value ? 1 : 0;
  return Object.values(value).reduce((sum: number, each) => sum + countRecords(each), own);
}

apiSuite('hostile expand', setUp, (suite) => {
  suite.test('an answer that goes in a circle is cut off', async (world) => {
    const answer = await world.expect({ path: `/api/collections/posts/records/${postId}?expand=${circle}` });
    const count = countRecords(answer);
    assert.ok(count > commentsMax && count <= 20_001, `${count} records`);
  });

  suite.test('the parts of a batch share what one answer may hold', async (world) => {
    const url = `/api/collections/posts/records/${postId}?expand=${circle}`;
    const change = { method: 'PATCH', url, body: { title: 'Two' } };
    const json = { requests: Array.from({ length: 100 }, () => change) };
    const { status, text } = await world.send({ method: 'POST', path: '/api/batch', json });
    assert.equal(status, 200, text);
    const answers = JSON.parse(text) as Array<{ body: object }>;
    const count = answers.reduce((sum, { body }) => sum + countRecords(body), 0);
    assert.ok(count > commentsMax && count <= 20_100, `${count} records`);
  });
});
