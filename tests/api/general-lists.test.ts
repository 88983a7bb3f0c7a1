// What all lists and JSON answers share: pages, sort, limits, field projection. Contract part 1, section 1.7.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/items/records';
const badRequest = exactly({ data: {}, message: 'Something went wrong while processing your request.', status: 400 });

async function setUp(world: World): Promise<void> {
  const owners = await world.createCollection({
    name: 'owners',
    listRule: '',
    viewRule: '',
    fields: [{ name: 'name', type: 'text' }],
  });
  await world.createCollection({
    name: 'items',
    listRule: '',
    viewRule: '',
    createRule: '',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'rank', type: 'number' },
      { name: 'text', type: 'editor' },
      { name: 'data', type: 'json' },
      { name: 'owner', type: 'relation', collectionId: owners['id'], maxSelect: 1 },
    ],
  });
  await world.createRecord('owners', { id: 'owner0000000001', name: 'Ann' });
  await world.createRecord('owners', { id: 'owner0000000002', name: 'Bob' });
  const rows = [
    { title: 'delta', rank: 2, owner: 'owner0000000001', data: { deep: [{ a: 1, b: 2 }], other: 'x' } },
    {
      title: 'alpha',
      rank: 2,
      owner: 'owner0000000002',
      text: '<p>Hello   <b>big</b></p><script>no()</script><p>world &amp; all</p>',
    },
    { title: 'charlie', rank: 1, owner: 'owner0000000001' },
    { title: 'bravo', rank: 3 },
    { title: 'Echo', rank: 0 },
  ];
  for (const [index, row] of rows.entries())
    await world.createRecord('items', { id: `item0000000000${index + 1}`, ...row });
}

/** A line that expects these titles in this order. */
function lists(query: string, titles: readonly string[]): Scenario {
  return {
    name: query === '' ? '(no parameters)' : query,
    path: query === '' ? records : `${records}?${query}`,
    status: 200,
    body: { items: titles.map((title) => ({ title })) },
  };
}

/** A line that expects the general 400. */
function refuses(name: string, query: string): Scenario {
  return { name, path: `${records}?${query}`, status: 400, body: badRequest };
}

apiSuite('general: lists', setUp, (suite) => {
  suite.scenarios('pages', [
    {
      name: 'defaults',
      path: records,
      status: 200,
      body: { page: 1, perPage: 30, totalItems: 5, totalPages: 1 },
      after: (_world, answer) => {
        const keys = Object.keys(answer.json as object)
          .toSorted()
          .join();
        if (keys !== 'items,page,perPage,totalItems,totalPages') throw new Error(`keys: ${keys}`);
      },
    },
    {
      name: 'an empty collection has no pages',
      path: '/api/collections/users/records',
      as: 'superuser',
      status: 200,
      body: exactly({ items: [], page: 1, perPage: 30, totalItems: 0, totalPages: 0 }),
    },
    {
      ...lists('page=2&perPage=2&sort=title', ['bravo', 'charlie']),
      body: { items: [{ title: 'bravo' }, { title: 'charlie' }], page: 2, perPage: 2, totalItems: 5, totalPages: 3 },
    },
    {
      name: 'a page past the end is empty',
      path: `${records}?page=9&perPage=2`,
      status: 200,
      body: { items: [], page: 9, perPage: 2, totalItems: 5, totalPages: 3 },
    },
    { name: 'page 0', path: `${records}?page=0`, status: 200, body: { page: 1 } },
    { name: 'a negative page', path: `${records}?page=-3`, status: 200, body: { page: 1 } },
    { name: 'perPage 0', path: `${records}?perPage=0`, status: 200, body: { perPage: 30 } },
    { name: 'a negative perPage', path: `${records}?perPage=-1`, status: 200, body: { perPage: 30 } },
    { name: 'perPage over 1000', path: `${records}?perPage=1001`, status: 200, body: { perPage: 1000 } },
    {
      name: 'empty values',
      path: `${records}?page=&perPage=&sort=&filter=&skipTotal=`,
      status: 200,
      body: { page: 1, perPage: 30, totalItems: 5 },
    },
    refuses('page is not a number', 'page=abc'),
    refuses('perPage is not an integer', 'perPage=1.5'),
    {
      name: 'the first of repeated parameters counts',
      path: `${records}?perPage=2&perPage=3`,
      status: 200,
      body: { perPage: 2 },
    },
  ]);

  suite.scenarios('skipTotal', [
    ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((value) => ({
      name: value,
      path: `${records}?skipTotal=${value}`,
      status: 200,
      body: { totalItems: -1, totalPages: -1, page: 1, perPage: 30 },
    })),
    ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((value) => ({
      name: value,
      path: `${records}?skipTotal=${value}`,
      status: 200,
      body: { totalItems: 5, totalPages: 1 },
    })),
    refuses('yes', 'skipTotal=yes'),
    refuses('2', 'skipTotal=2'),
  ]);

  suite.scenarios('sort', [
    lists('', ['delta', 'alpha', 'charlie', 'bravo', 'Echo']),
    lists('sort=title', ['Echo', 'alpha', 'bravo', 'charlie', 'delta']),
    lists('sort=%2Btitle', ['Echo', 'alpha', 'bravo', 'charlie', 'delta']),
    lists('sort=-title', ['delta', 'charlie', 'bravo', 'alpha', 'Echo']),
    lists('sort=rank,title', ['Echo', 'charlie', 'alpha', 'delta', 'bravo']),
    lists('sort=-rank,-title', ['bravo', 'delta', 'alpha', 'charlie', 'Echo']),
    lists('sort=%20rank%20,%20-title', ['Echo', 'charlie', 'delta', 'alpha', 'bravo']),
    lists('sort=@rowid', ['delta', 'alpha', 'charlie', 'bravo', 'Echo']),
    lists('sort=-@rowid', ['Echo', 'bravo', 'charlie', 'alpha', 'delta']),
    lists('sort=-owner.name,title', ['alpha', 'charlie', 'delta', 'Echo', 'bravo']),
    lists('sort=-data.deep.0.a,title', ['delta', 'Echo', 'alpha', 'bravo', 'charlie']),
    lists('sort=title:lower', ['alpha', 'bravo', 'charlie', 'delta', 'Echo']),
    { name: '@random', path: `${records}?sort=@random`, status: 200, body: { totalItems: 5 } },
    refuses('an unknown field', 'sort=nothing'),
    refuses('a trailing comma', 'sort=title,'),
    refuses('only a sign', 'sort=-'),
    refuses('an expression', 'sort=rank%2B1'),
    refuses('an injection', `sort=${encodeURIComponent('-data.x);--')}`),
    { name: '8 terms', path: `${records}?sort=${Array.from({ length: 8 }, () => 'rank').join()}`, status: 200 },
    refuses('9 terms', `sort=${Array.from({ length: 9 }, () => 'rank').join()}`),
    refuses('a term of 256 bytes', `sort=data.${'a'.repeat(251)}`),
  ]);

  suite.scenarios('filter limits', [
    {
      name: '200 comparisons',
      path: `${records}?filter=${encodeURIComponent(Array.from({ length: 200 }, () => 'rank>9').join('||'))}`,
      status: 200,
      body: { totalItems: 0 },
    },
    refuses('201 comparisons', `filter=${encodeURIComponent(Array.from({ length: 201 }, () => 'rank>9').join('||'))}`),
    {
      name: '3500 bytes',
      path: `${records}?filter=${encodeURIComponent(`title='${'x'.repeat(3492)}'`)}`,
      status: 200,
      body: { totalItems: 0 },
    },
    refuses('3501 bytes', `filter=${encodeURIComponent(`title='${'x'.repeat(3493)}'`)}`),
  ]);

  suite.scenarios('fields', [
    {
      name: 'of the items of a list; the page stays',
      path: `${records}?fields=title&sort=title&perPage=2`,
      status: 200,
      body: exactly({
        items: [{ title: 'Echo' }, { title: 'alpha' }],
        page: 1,
        perPage: 2,
        totalItems: 5,
        totalPages: 3,
      }),
    },
    {
      name: 'of one record',
      path: `${records}/item00000000001?fields=id,rank`,
      status: 200,
      body: exactly({ id: 'item00000000001', rank: 2 }),
    },
    {
      name: 'with spaces',
      path: `${records}/item00000000001?fields=%20id%20,%20rank`,
      status: 200,
      body: exactly({ id: 'item00000000001', rank: 2 }),
    },
    {
      name: 'an unknown name is ignored',
      path: `${records}/item00000000001?fields=id,nothing,a.b.c`,
      status: 200,
      body: exactly({ id: 'item00000000001' }),
    },
    { name: 'only unknown names', path: `${records}/item00000000001?fields=nothing`, status: 200, body: exactly({}) },
    {
      name: 'a nested path',
      path: `${records}/item00000000001?fields=data.other`,
      status: 200,
      body: exactly({ data: { other: 'x' } }),
    },
    {
      name: 'a path through an array of objects',
      path: `${records}/item00000000001?fields=data.deep.b`,
      status: 200,
      body: exactly({ data: { deep: [{ b: 2 }] } }),
    },
    {
      name: 'a parent is given whole',
      path: `${records}/item00000000001?fields=data.deep`,
      status: 200,
      body: exactly({ data: { deep: [{ a: 1, b: 2 }] } }),
    },
    {
      name: 'a star',
      path: `${records}/item00000000003?fields=*`,
      status: 200,
      body: { title: 'charlie', collectionName: 'items' },
    },
    {
      name: 'a star and a path into expand',
      path: `${records}/item00000000001?expand=owner&fields=*,expand.owner.name`,
      status: 200,
      body: { title: 'delta', expand: exactly({ owner: { name: 'Ann' } }) },
    },
    {
      name: 'only a path into expand',
      path: `${records}/item00000000001?expand=owner&fields=expand.owner.name`,
      status: 200,
      body: exactly({ expand: { owner: { name: 'Ann' } } }),
    },
    {
      name: 'a star stands for names, not for a level',
      path: `${records}/item00000000001?expand=owner&fields=expand.*.name`,
      status: 200,
      body: exactly({ expand: {} }),
    },
    {
      name: 'a star at the end of a path',
      path: `${records}/item00000000001?expand=owner&fields=expand.owner.*`,
      status: 200,
      body: { expand: { owner: { name: 'Ann', id: 'owner0000000001' } } },
    },
    {
      name: 'without expand in the list it is dropped',
      path: `${records}/item00000000001?expand=owner&fields=id`,
      status: 200,
      body: exactly({ id: 'item00000000001' }),
    },
    {
      name: 'of a created record',
      method: 'POST',
      path: `${records}?fields=title`,
      json: { title: 'new', rank: 100 },
      status: 200,
      body: exactly({ title: 'new' }),
    },
    {
      name: 'of an auth answer',
      method: 'POST',
      path: '/api/collections/_superusers/auth-with-password?fields=record.email',
      json: { identity: 'admin@example.com', password: 'a long enough password' },
      status: 200,
      body: exactly({ record: { email: 'admin@example.com' } }),
    },
    { name: 'of health', path: '/api/health?fields=code', status: 200, body: exactly({ code: 200 }) },
    {
      name: 'errors are not projected',
      path: `${records}/missing?fields=status`,
      status: 404,
      body: { message: /resource/, data: {}, status: 404 },
    },
    { name: 'an empty value', path: `${records}/item00000000003?fields=`, status: 200, body: { title: 'charlie' } },
    {
      name: 'an unknown modifier gives an empty body',
      path: `${records}/item00000000001?fields=title:nothing()`,
      status: 200,
      after: (_world, answer) => {
        if (answer.text !== '') throw new Error(`got ${answer.text}`);
      },
    },
  ]);

  const second = `${records}/item00000000002`;
  suite.scenarios('fields: excerpt', [
    {
      name: 'text of HTML',
      path: `${second}?fields=text:excerpt(100)`,
      status: 200,
      body: exactly({ text: 'Hello big world & all' }),
    },
    { name: 'cut', path: `${second}?fields=text:excerpt(5)`, status: 200, body: exactly({ text: 'Hello' }) },
    {
      name: 'cut in front of a space',
      path: `${second}?fields=text:excerpt(6)`,
      status: 200,
      body: exactly({ text: 'Hello' }),
    },
    {
      name: 'with an ellipsis',
      path: `${second}?fields=text:excerpt(5,true)`,
      status: 200,
      body: exactly({ text: 'Hello...' }),
    },
    {
      name: 'an ellipsis only where something was cut',
      path: `${second}?fields=text:excerpt(100,true)`,
      status: 200,
      body: exactly({ text: 'Hello big world & all' }),
    },
    {
      name: 'a value that is no text passes',
      path: `${second}?fields=rank:excerpt(1)`,
      status: 200,
      body: exactly({ rank: 2 }),
    },
    {
      name: 'beside others',
      path: `${second}?fields=title,text:excerpt(5),rank`,
      status: 200,
      body: exactly({ title: 'alpha', text: 'Hello', rank: 2 }),
    },
    {
      name: 'with a star',
      path: `${second}?fields=*,text:excerpt(5)`,
      status: 200,
      body: { text: 'Hello', title: 'alpha', expand: absent },
    },
    {
      name: 'a maximum of 0 is malformed',
      path: `${second}?fields=text:excerpt(0)`,
      status: 200,
      after: (_world, answer) => {
        if (answer.text !== '') throw new Error(`got ${answer.text}`);
      },
    },
  ]);
});
