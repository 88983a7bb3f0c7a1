// Requests that meet: what each of them was allowed to do alone must also hold when they come at the same moment.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';

const superusers = '/api/collections/_superusers/records';

apiSuite(
  'races',
  async () => {},
  (suite) => {
    suite.test('two superusers that delete each other leave one', async (world) => {
      const password = 'a long enough password';
      for (let round = 0; round < 15; round += 1) {
        const email = `spare${round}@example.com`;
        await world.createRecord('_superusers', { email, password, passwordConfirm: password });
        const { items } = await world.expect({ path: superusers, as: 'superuser' });
        const answers = await Promise.all(
          (items as Array<{ id: string }>).map(({ id }) =>
            world.send({ method: 'DELETE', path: `${superusers}/${id}`, as: 'superuser' }),
          ),
        );
        const [first, second] = answers.map(({ status }) => status).toSorted();
        // 403 for the token of the one who has gone, when the second request was looked at after the first had been answered.
        assert.ok(first === 204 && (second === 400 || second === 403), `${first} and ${second}`);
        const left = await world.send({ path: superusers, as: 'superuser' });
        // The one who asks may be the one who went.
        if (left.status !== 200) await world.signIn('superuser', '_superusers', email, password);
      }
    });

    suite.test('nothing refers to a record that was deleted at the same moment', async (world) => {
      const fields = [{ name: 'title', type: 'text' }];
      const topics = await world.createCollection({ name: 'topics', fields });
      const relation = (name: string, maxSelect: number): object => ({
        name,
        type: 'relation',
        collectionId: topics['id'],
        maxSelect,
      });
      const required = { ...relation('topic', 1), required: true };
      await world.createCollection({ name: 'replies', fields: [required, relation('others', 5)] });
      const path = (collection: string, id = ''): string => `/api/collections/${collection}/records${id && `/${id}`}`;
      const other = await world.createRecord('topics', { title: 'stays' });
      for (let round = 0; round < 40; round += 1) {
        const { id } = await world.createRecord('topics', { title: `${round}` });
        const json = round % 2 === 0 ? { topic: id } : { topic: other['id'], others: [id] };
        const [made, deleted] = await Promise.all([
          world.send({ method: 'POST', path: path('replies'), as: 'superuser', json }),
          world.send({ method: 'DELETE', path: path('topics', String(id)), as: 'superuser' }),
        ]);
        if (made.status !== 200) continue;
        const reply = await world.readRecord('replies', String((made.json as { id: string }).id));
        const names = reply['topic'] === id || (reply['others'] as string[]).includes(String(id));
        assert.ok(!names || deleted.status === 400, `round ${round}: ${deleted.status}, and still named`);
      }
    });

    suite.test('a batch that ran out of time says so only when nothing happened', async (world) => {
      await world.updateSettings({ batch: { enabled: true, maxRequests: 300, timeout: 1 } });
      const fields = [{ name: 'title', type: 'text' }];
      const parents = await world.createCollection({ name: 'parents', fields });
      const parent = { name: 'parent', type: 'relation', collectionId: parents['id'], maxSelect: 1 };
      await world.createCollection({ name: 'kids', fields: [...fields, parent] });
      const id = 'parent000000001';
      await world.createRecord('parents', { id, title: 'before' });
      const batch = (requests: object[]): object => ({
        method: 'POST',
        path: '/api/batch',
        as: 'superuser',
        json: { requests },
      });
      const kid = {
        method: 'POST',
        url: '/api/collections/kids/records',
        body: { title: 'x'.repeat(500), parent: id },
      };
      for (let round = 0; round < 4; round += 1)
        await world.expect(batch(Array.from({ length: 250 }, () => kid)) as never);
      // Quick to write, slow to show.
      const url = `/api/collections/parents/records/${id}?expand=kids_via_parent`;
      const change = { method: 'PATCH', url, body: { title: 'after' } };
      const answer = await world.send(batch(Array.from({ length: 300 }, () => change)) as never);
      const { title } = await world.readRecord('parents', id);
      assert.equal(title, answer.status === 200 ? 'after' : 'before', `${answer.status}`);
    });

    suite.test('a write that cannot be shown is not refused', async (world) => {
      const text = (name: string): object => ({ name, type: 'text', max: 100_000 });
      const rule = 'title ~ pattern';
      const odd = await world.createCollection({
        name: 'odd',
        viewRule: rule,
        fields: [text('title'), text('pattern')],
      });
      const related = { name: 'odd', type: 'relation', collectionId: odd['id'], maxSelect: 1 };
      await world.createCollection({ name: 'notes', createRule: '', viewRule: '', fields: [related] });
      // Longer than the engine takes a pattern to be: the rule cannot be asked of this record.
      const { id } = await world.createRecord('odd', { title: 'a', pattern: 'x'.repeat(60_000) });
      const path = '/api/collections/notes/records';
      const answer = await world.send({ method: 'POST', path: `${path}?expand=odd`, json: { odd: id } });
      assert.equal((await world.expect({ path, as: 'superuser' }))['totalItems'], 1);
      assert.ok(answer.status === 200 || answer.status === 503, answer.text);
    });

    suite.test('a record that takes the place of another in one batch keeps its files', async (world) => {
      await world.updateSettings({ batch: { enabled: true } });
      const file = { name: 'file', type: 'file', maxSelect: 1 };
      await world.createCollection({ name: 'papers', viewRule: '', fields: [file] });
      const id = 'paper0000000001';
      const path = '/api/collections/papers/records';
      const upload = (bytes: string): [string, { name: string; bytes: Buffer }] => [
        'requests.1.file',
        { name: 'a.txt', bytes: Buffer.from(bytes) },
      ];
      await world.createRecord('papers', { id });
      for (const bytes of ['one', 'two']) {
        const requests = [
          { method: 'DELETE', url: `${path}/${id}` },
          { method: 'POST', url: path, body: { id } },
        ];
        const multipart = [['@jsonPayload', JSON.stringify({ requests })] as [string, string], upload(bytes)];
        await world.expect({ method: 'POST', path: '/api/batch', as: 'superuser', multipart });
        // Files of what was removed go behind the answer.
        const { file: name } = await world.readRecord('papers', id);
        await new Promise((resolve) => setTimeout(resolve, 100));
        const answer = await world.send({ path: `/api/files/papers/${id}/${name}` });
        assert.equal(answer.text, bytes);
      }
    });
  },
);
