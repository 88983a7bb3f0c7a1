// The official JavaScript SDK, unmodified, against a running server: what an app does with it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventSource } from 'eventsource';
import PocketBase, {
  BaseAuthStore,
  ClientResponseError,
  type CollectionModel,
  type RecordModel,
  type RecordSubscription,
} from 'pocketbase';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';

Object.assign(globalThis, { EventSource });

type Post = RecordModel & { title: string; rank: number; tags: string[]; docs: string[] };

const waitTimeoutMs = 10_000;

let server: ServerUnderTest;
/** The superuser's client. */
let admin: PocketBase;

/** A client with a store of its own. */
function createClient(): PocketBase {
  const client = new PocketBase(server.baseUrl, new BaseAuthStore());
  client.autoCancellation(false);
  return client;
}

async function createSignedIn(email: string): Promise<PocketBase> {
  const client = createClient();
  await client
    .collection('users')
    .create({ email, password: 'password123', passwordConfirm: 'password123', name: email });
  await client.collection('users').authWithPassword(email, 'password123');
  return client;
}

/** A promise that `resolve` settles, or the end of patience. */
function createSignal<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`nothing came within ${waitTimeoutMs} ms`)), waitTimeoutMs);
  return { promise: promise.finally(() => clearTimeout(timer)), resolve };
}

function isResponseError(status: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ClientResponseError);
    assert.equal(error.status, status);
    return true;
  };
}

describe('the official SDK', () => {
  before(async () => {
    server = await startServer();
    admin = createClient();
    await admin.collection('_superusers').authWithPassword(server.email, server.password);
  });
  after(async () => {
    await server.stop();
  });

  it('health', async () => {
    const health = await createClient().health.check();
    assert.equal(health.code, 200);
    assert.equal(health.message, 'API is healthy.');
  });

  it('the auth store of a superuser', () => {
    assert.equal(admin.authStore.isValid, true);
    assert.equal(admin.authStore.isSuperuser, true);
    assert.equal(admin.authStore.record?.['email'], server.email);
  });

  it('collections', async () => {
    const created = await admin.collections.create({
      name: 'posts',
      listRule: '',
      viewRule: '',
      createRule: "@request.auth.id != ''",
      updateRule: 'author = @request.auth.id',
      deleteRule: 'author = @request.auth.id',
      fields: [
        { name: 'title', type: 'text', required: true },
        { name: 'rank', type: 'number' },
        { name: 'tags', type: 'select', maxSelect: 3, values: ['a', 'b', 'c'] },
        { name: 'docs', type: 'file', maxSelect: 3 },
        { name: 'secret', type: 'file', maxSelect: 1, protected: true },
        { name: 'author', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      ],
    });
    assert.equal(created.name, 'posts');
    assert.equal((await admin.collections.getOne('posts')).id, created.id);
    assert.equal((await admin.collections.getFirstListItem("name = 'posts'")).id, created.id);
    const updated = await admin.collections.update('posts', { name: 'articles' });
    assert.equal(updated.name, 'articles');
    await admin.collections.update('articles', { name: 'posts' });
    assert.ok((await admin.collections.getFullList()).some((each) => each.name === 'posts'));
    const scaffolds = await admin.collections.getScaffolds();
    assert.equal(scaffolds['base']?.type, 'base');
    await admin.collections.import(
      [{ name: 'imported', type: 'base', fields: [] } as unknown as CollectionModel],
      false,
    );
    await admin.collections.truncate('imported');
    await admin.collections.delete('imported');
    await assert.rejects(admin.collections.getOne('imported'), isResponseError(404));
  });

  it('settings', async () => {
    const changed = await admin.settings.update({ meta: { appName: 'Grove' }, batch: { enabled: true } });
    assert.equal((changed['meta'] as { appName: string }).appName, 'Grove');
    const settings = await admin.settings.getAll();
    assert.equal((settings['batch'] as { enabled: boolean }).enabled, true);
    await assert.rejects(createClient().settings.getAll(), isResponseError(401));
  });

  it('records', async () => {
    const client = await createSignedIn('writer@example.com');
    const me = client.authStore.record?.id ?? '';
    const posts = client.collection<Post>('posts');
    const post = await posts.create({ title: 'First', rank: 1, tags: ['a', 'b'], author: me }, { expand: 'author' });
    assert.match(post.id, /^[a-z0-9]{15}$/);
    assert.equal(post.expand?.['author']?.name, 'writer@example.com');
    assert.deepEqual((await posts.getOne(post.id)).tags, ['a', 'b']);
    const updated = await posts.update(post.id, { 'rank+': 5, 'tags-': 'a' });
    assert.equal(updated.rank, 6);
    assert.deepEqual(updated.tags, ['b']);
    await assert.rejects(posts.create({ author: me }), (error: unknown) => {
      assert.ok(error instanceof ClientResponseError);
      assert.equal(error.response['message'], 'Failed to create record.');
      assert.equal((error.response['data'] as { title: { code: string } }).title.code, 'validation_required');
      return true;
    });
    await assert.rejects(createClient().collection('posts').update(post.id, { title: 'x' }), isResponseError(404));
    assert.equal(await posts.delete(post.id), true);
    await assert.rejects(posts.getOne(post.id), isResponseError(404));
  });

  it('lists', async () => {
    for (let rank = 1; rank <= 25; rank += 1) await admin.collection('posts').create({ title: `Post ${rank}`, rank });
    const client = createClient();
    const posts = client.collection<Post>('posts');
    const page = await posts.getList(2, 10, { sort: 'rank', fields: 'rank' });
    assert.deepEqual(
      page.items.map((item) => item.rank),
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    );
    assert.equal(page.totalItems, 25);
    assert.equal(page.totalPages, 3);
    assert.equal((await posts.getFullList({ batch: 7 })).length, 25);
    const filter = client.filter('rank > {:from} && title ~ {:text}', { from: 20, text: 'Post' });
    assert.equal((await posts.getFullList({ filter })).length, 5);
    assert.equal((await posts.getFirstListItem(client.filter('title = {:title}', { title: 'Post 7' }))).rank, 7);
    await assert.rejects(posts.getFirstListItem('rank > 1000'), isResponseError(404));
    const dates = client.filter('created > {:since} || rank = {:nothing}', { since: new Date(0), nothing: null });
    await assert.rejects(posts.getList(1, 1, { filter: dates }), isResponseError(400));
    assert.equal((await posts.getList(1, 5, { skipTotal: true })).totalItems, -1);
  });

  it('batches', async () => {
    const batch = admin.createBatch();
    batch
      .collection('posts')
      .create({ id: 'batch0000000001', title: 'One', docs: [new File(['file one'], 'one.txt')] });
    batch.collection('posts').upsert({ id: 'batch0000000002', title: 'Two' });
    batch.collection('posts').update('batch0000000001', { rank: 9, 'docs+': [new File(['file two'], 'two.txt')] });
    batch.collection('posts').delete('batch0000000002');
    const results = await batch.send();
    assert.deepEqual(
      results.map((result) => result.status),
      [200, 200, 200, 204],
    );
    assert.equal(results[2]?.body.rank, 9);
    assert.equal(results[2]?.body.docs.length, 2);
    const failing = admin.createBatch();
    failing.collection('posts').create({ id: 'batch0000000003', title: 'Three' });
    failing.collection('posts').create({});
    await assert.rejects(failing.send(), isResponseError(400));
    await assert.rejects(admin.collection('posts').getOne('batch0000000003'), isResponseError(404));
  });

  it('files', async () => {
    const form = new FormData();
    form.append('title', 'With files');
    form.append('docs', new File(['hello file'], 'hello.txt', { type: 'text/plain' }));
    form.append('docs', new File(['second'], 'second.txt'));
    form.append('secret', new File(['a secret'], 'secret.txt'));
    const post = await admin.collection<Post>('posts').create(form);
    assert.equal(post.docs.length, 2);
    const url = admin.files.getURL(post, post.docs[0] ?? '');
    assert.equal(await (await fetch(url)).text(), 'hello file');
    assert.equal(
      (await fetch(admin.files.getURL(post, post.docs[0] ?? '', { download: true }))).headers
        .get('content-disposition')
        ?.startsWith('attachment'),
      true,
    );
    const secretUrl = admin.files.getURL(post, String(post['secret']));
    assert.equal((await fetch(secretUrl)).status, 200);
    await admin.collections.update('posts', { viewRule: "@request.auth.id != ''" });
    assert.equal((await fetch(secretUrl)).status, 404);
    const token = await admin.files.getToken();
    assert.equal(await (await fetch(admin.files.getURL(post, String(post['secret']), { token }))).text(), 'a secret');
    await admin.collections.update('posts', { viewRule: '' });
    const mixed = await admin
      .collection<Post>('posts')
      .update(post.id, { docs: [post.docs[1], new File(['third'], 'third.txt')], tags: ['a', 'c'] });
    assert.equal(mixed.docs[0], post.docs[1]);
    assert.match(mixed.docs[1] ?? '', /^third_/);
    assert.deepEqual(mixed.tags, ['a', 'c']);
  });

  it('sign in, refresh, sign out', async () => {
    const client = createClient();
    const users = client.collection('users');
    const created = await users.create({
      email: 'flow@example.com',
      emailVisibility: true,
      password: 'password123',
      passwordConfirm: 'password123',
    });
    assert.equal(client.authStore.isValid, false);
    await assert.rejects(users.authWithPassword('flow@example.com', 'wrong'), isResponseError(400));
    const auth = await users.authWithPassword('flow@example.com', 'password123');
    assert.equal(auth.record.id, created.id);
    assert.equal(client.authStore.token, auth.token);
    assert.equal(client.authStore.isSuperuser, false);
    const refreshed = await users.authRefresh();
    assert.equal(refreshed.record.id, created.id);
    await users.update(created.id, { name: 'Flow' });
    assert.equal(client.authStore.record?.['name'], 'Flow');
    const methods = await users.listAuthMethods();
    assert.deepEqual(methods.password, { enabled: true, identityFields: ['email'] });
    assert.equal(await users.requestVerification('flow@example.com'), true);
    assert.equal(await users.requestPasswordReset('nobody@example.com'), true);
    await assert.rejects(users.confirmVerification('a.b.c'), isResponseError(400));
    await users.update(created.id, {
      oldPassword: 'password123',
      password: 'password456',
      passwordConfirm: 'password456',
    });
    await assert.rejects(users.authRefresh(), isResponseError(401));
    await users.authWithPassword('flow@example.com', 'password456');
    assert.equal(await users.delete(created.id), true);
    assert.equal(client.authStore.isValid, false);
  });

  it('impersonation', async () => {
    const someone = await createSignedIn('someone@example.com');
    const id = someone.authStore.record?.id ?? '';
    const impersonated = await admin.collection('users').impersonate(id, 100);
    assert.equal(impersonated.authStore.record?.id, id);
    assert.equal((await impersonated.collection('users').getOne(id))['email'], 'someone@example.com');
    assert.equal(admin.authStore.isSuperuser, true);
  });

  it('realtime: a collection, with expand and a filter', async () => {
    const client = createClient();
    const heard: Array<RecordSubscription<Post>> = [];
    const signal = createSignal<void>();
    await client.collection<Post>('posts').subscribe(
      '*',
      (event) => {
        heard.push(event);
        if (event.action === 'delete') signal.resolve();
      },
      { filter: "title ~ 'live'", fields: 'id,title' },
    );
    const post = await admin.collection('posts').create({ title: 'live one' });
    await admin.collection('posts').create({ title: 'other' });
    await admin.collection('posts').update(post.id, { title: 'live two' });
    await admin.collection('posts').delete(post.id);
    await signal.promise;
    assert.deepEqual(new Set(heard.map((event) => event.action)), new Set(['create', 'update', 'delete']));
    assert.equal(heard.length, 3);
    assert.deepEqual(Object.keys(heard[0]?.record ?? {}).toSorted(), ['id', 'title']);
    await client.collection('posts').unsubscribe();
  });

  it('realtime: one record, as somebody', async () => {
    const client = await createSignedIn('listener@example.com');
    const id = client.authStore.record?.id ?? '';
    const signal = createSignal<RecordModel>();
    const unsubscribe = await client.collection('users').subscribe(id, (event) => signal.resolve(event.record));
    await admin.collection('users').update(id, { name: 'Changed' });
    const record = await signal.promise;
    assert.equal(record['name'], 'Changed');
    assert.equal(record['email'], 'listener@example.com');
    await unsubscribe();
    assert.equal(client.realtime.isConnected, false);
  });

  it('realtime: it comes back after the server was away', async () => {
    if (server.pid === 0) return;
    const client = createClient();
    const signal = createSignal<string>();
    await client.collection<Post>('posts').subscribe('*', (event) => signal.resolve(event.record.title));
    const firstId = client.realtime.clientId;
    await server.restart();
    const deadline = Date.now() + waitTimeoutMs;
    while (!client.realtime.isConnected || client.realtime.clientId === firstId) {
      assert.ok(Date.now() < deadline, 'it does not come back');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The SDK sends its topics again right after it has a new id; until then an event may pass unheard.
    const timer = setInterval(
      () =>
        void admin
          .collection('posts')
          .create({ title: 'after' })
          .catch(() => {}),
      100,
    );
    try {
      assert.equal(await signal.promise, 'after');
    } finally {
      clearInterval(timer);
      await client.realtime.unsubscribe();
    }
  });
});
