// Fields that hold text: text, email, url, editor, and the primary key. Contract part 1, section 3.
import { absent, anyString, exactly, ofLength } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/texts/records';

/** A line that creates a record with one value and expects it stored as `stored`. */
function stores(field: string, value: unknown, stored: unknown): Scenario {
  const name = `${field}: ${JSON.stringify(value)?.slice(0, 60) ?? 'nothing'}`;
  return {
    name,
    method: 'POST',
    path: records,
    as: 'superuser',
    json: { [field]: value },
    status: 200,
    body: { [field]: stored },
  };
}

/** A line that creates a record in vain. */
function refuses(field: string, value: unknown, code: string, message: string, params?: object): Scenario {
  const name = `${field} refuses ${JSON.stringify(value).slice(0, 60)}`;
  const error = params === undefined ? { code, message } : { code, message, params };
  return {
    name,
    method: 'POST',
    path: records,
    as: 'superuser',
    json: { [field]: value },
    status: 400,
    body: { message: 'Failed to create record.', status: 400, data: exactly({ [field]: error }) },
  };
}

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'texts',
    fields: [
      { name: 'text', type: 'text' },
      { name: 'short', type: 'text', min: 2, max: 4 },
      { name: 'pattern', type: 'text', pattern: '^[a-z]+$' },
      { name: 'part', type: 'text', pattern: 'ab' },
      { name: 'auto', type: 'text', autogeneratePattern: '[a-f]{6}' },
      { name: 'email', type: 'email' },
      { name: 'emailOnly', type: 'email', onlyDomains: ['example.com', 'example.org'] },
      { name: 'emailExcept', type: 'email', exceptDomains: ['example.com'] },
      { name: 'url', type: 'url' },
      { name: 'urlOnly', type: 'url', onlyDomains: ['example.com'] },
      { name: 'urlExcept', type: 'url', exceptDomains: ['example.com'] },
      { name: 'editor', type: 'editor', maxSize: 20 },
      { name: 'hidden', type: 'text', hidden: true },
    ],
  });
  await world.createCollection({
    name: 'needed',
    fields: ['text', 'email', 'url', 'editor'].map((type) => ({ name: type, type, required: true })),
  });
  const pk = { name: 'id', type: 'text', min: 1, max: 50, autogeneratePattern: '[a-z]{8}' };
  await world.createCollection({ name: 'loose', fields: [{ ...pk, pattern: '^[^;]+$' }] });
  await world.createCollection({ name: 'upper', fields: [{ ...pk, pattern: '^[A-Za-z0-9_-]+$' }] });
}

apiSuite('fields: text', setUp, (suite) => {
  const tooShort = 'Must be at least 2 character(s).';
  const tooLong = 'Must be no more than 4 character(s).';
  suite.scenarios('text', [
    stores('text', 'Hello', 'Hello'),
    stores('text', '', ''),
    stores('text', undefined, ''),
    stores('text', null, ''),
    stores('text', '  kept  \n', '  kept  \n'),
    stores('text', 12, '12'),
    stores('text', 1.5, '1.5'),
    stores('text', -0.000001, '-0.000001'),
    stores('text', 1e21, '1000000000000000000000'),
    stores('text', true, 'true'),
    stores('text', false, 'false'),
    stores('text', ['a'], ''),
    stores('text', { a: 1 }, ''),
    stores('text', 'Grüße 👋', 'Grüße 👋'),
    stores('text', 'a\'b"c`d\\e%_', 'a\'b"c`d\\e%_'),
    stores('text', 'x'.repeat(5000), ofLength(5000)),
    refuses('text', 'x'.repeat(5001), 'validation_max_text_constraint', 'Must be no more than 5000 character(s).', {
      max: 5000,
    }),
    stores('short', 'ab', 'ab'),
    stores('short', 'abcd', 'abcd'),
    stores('short', '', ''),
    stores('short', 'äöüß', 'äöüß'),
    stores('short', '👋👋', '👋👋'),
    refuses('short', 'a', 'validation_min_text_constraint', tooShort, { min: 2 }),
    refuses('short', '👋', 'validation_min_text_constraint', tooShort, { min: 2 }),
    refuses('short', 'abcde', 'validation_max_text_constraint', tooLong, { max: 4 }),
    refuses('short', 12345, 'validation_max_text_constraint', tooLong, { max: 4 }),
    stores('pattern', 'abc', 'abc'),
    stores('pattern', '', ''),
    refuses('pattern', 'abc1', 'validation_invalid_format', 'Invalid value format.'),
    refuses('pattern', 'abc\n', 'validation_invalid_format', 'Invalid value format.'),
    stores('part', 'xxabxx', 'xxabxx'),
    refuses('part', 'axb', 'validation_invalid_format', 'Invalid value format.'),
    stores('hidden', 'secret', 'secret'),
  ]);

  suite.scenarios('autogenerate', [
    stores('auto', undefined, /^[a-f]{6}$/),
    stores('auto', '', /^[a-f]{6}$/),
    stores('auto', 'given', 'given'),
    {
      name: 'with a prefix',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { 'auto:autogenerate': 'x-' },
      status: 200,
      body: { auto: /^x-[a-f]{6}$/ },
    },
    {
      name: 'without a prefix',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { 'auto:autogenerate': '' },
      status: 200,
      body: { auto: /^[a-f]{6}$/ },
    },
    {
      name: 'on update',
      method: 'PATCH',
      path: `${records}/text00000000001`,
      as: 'superuser',
      before: async (world) => {
        await world.createRecord('texts', { id: 'text00000000001', auto: 'old' });
      },
      json: { 'auto:autogenerate': 'y' },
      status: 200,
      body: { auto: /^y[a-f]{6}$/ },
    },
    {
      name: 'emptied on update it stays empty',
      method: 'PATCH',
      path: `${records}/text00000000001`,
      as: 'superuser',
      json: { auto: '' },
      status: 200,
      body: { auto: '' },
    },
    {
      name: 'a field without a pattern takes the prefix as its value',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { 'text:autogenerate': 'z' },
      status: 200,
      body: { text: 'z' },
    },
  ]);

  suite.scenarios('required', [
    {
      name: 'nothing given',
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: {},
      status: 400,
      body: {
        data: exactly({
          text: { code: 'validation_required', message: 'Cannot be blank.' },
          email: { code: 'validation_required', message: 'Cannot be blank.' },
          url: { code: 'validation_required', message: 'Cannot be blank.' },
          editor: { code: 'validation_required', message: 'Cannot be blank.' },
        }),
      },
    },
    {
      name: 'all given',
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: { text: ' ', email: 'a@b.co', url: 'http://a.b', editor: 'x' },
      status: 200,
    },
  ]);

  const wrongEmail = ['validation_is_email', 'Must be a valid email address.'] as const;
  suite.scenarios('email', [
    ...[
      'a@b.co',
      'a.b+c@example.co.uk',
      'ü@example.com',
      'UPPER@Example.COM',
      "o'neil@example.com",
      'a_b-c@sub.example-site.org',
    ].map((value) => stores('email', value, value)),
    stores('email', '', ''),
    stores('email', null, ''),
    ...[
      'a',
      'a@',
      '@b.co',
      'a@b',
      'a b@c.co',
      'a@b..co',
      'a@b.co ',
      ' a@b.co',
      'a@@b.co',
      'a@-b.co',
      '.a@b.co',
      'Ann <a@b.co>',
    ].map((value) => refuses('email', value, ...wrongEmail)),
    refuses('email', 12, ...wrongEmail),
    stores('emailOnly', 'a@example.org', 'a@example.org'),
    refuses('emailOnly', 'a@sub.example.org', 'validation_email_domain_not_allowed', 'Email domain is not allowed.'),
    refuses('emailOnly', 'a@EXAMPLE.org', 'validation_email_domain_not_allowed', 'Email domain is not allowed.'),
    stores('emailExcept', 'a@example.org', 'a@example.org'),
    refuses('emailExcept', 'a@example.com', 'validation_email_domain_not_allowed', 'Email domain is not allowed.'),
  ]);

  const wrongUrl = ['validation_invalid_url', 'Must be a valid url.'] as const;
  suite.scenarios('url', [
    ...[
      'https://example.com',
      'http://example.com:8080/a/b?c=d#e',
      'ftp://user:pass@example.com',
      'wss://example.com/socket',
      'example.com',
      'http://127.0.0.1:8090',
      'http://localhost:3000',
      'http://[::1]:80',
    ].map((value) => stores('url', value, value)),
    stores('url', '', ''),
    ...[
      'abc',
      'http://',
      'http://a b.com',
      '.example.com',
      'javascript:alert(1)',
      'http://exam ple.com',
      'http://example.com/a b',
      'a.b',
    ].map((value) => refuses('url', value, ...wrongUrl)),
    stores('urlOnly', 'https://example.com/a', 'https://example.com/a'),
    refuses('urlOnly', 'https://other.com', 'validation_url_domain_not_allowed', 'Url domain is not allowed.'),
    refuses('urlOnly', 'https://example.com:81', 'validation_url_domain_not_allowed', 'Url domain is not allowed.'),
    refuses('urlOnly', 'example.com', 'validation_url_domain_not_allowed', 'Url domain is not allowed.'),
    stores('urlExcept', 'https://other.com', 'https://other.com'),
    refuses('urlExcept', 'https://example.com', 'validation_url_domain_not_allowed', 'Url domain is not allowed.'),
  ]);

  suite.scenarios('editor', [
    stores('editor', '<p>Hi</p>', '<p>Hi</p>'),
    stores('editor', '<script>x</script>', '<script>x</script>'),
    stores('editor', null, ''),
    stores('editor', 5, '5'),
    stores('editor', 'x'.repeat(20), anyString),
    refuses(
      'editor',
      'x'.repeat(21),
      'validation_content_size_limit',
      'The maximum allowed content size is 20 bytes.',
      { maxSize: 20 },
    ),
    refuses(
      'editor',
      'ü'.repeat(11),
      'validation_content_size_limit',
      'The maximum allowed content size is 20 bytes.',
      { maxSize: 20 },
    ),
  ]);

  const idError = (code: string, message: string | RegExp): object => ({ id: { code, message } });
  const creates = (name: string, collection: string, id: unknown, status: number, body: object): Scenario => ({
    name,
    method: 'POST',
    path: `/api/collections/${collection}/records`,
    as: 'superuser',
    json: { id },
    status,
    body,
  });
  suite.scenarios('the primary key', [
    creates('none', 'texts', undefined, 200, { id: /^[a-z0-9]{15}$/ }),
    creates('empty', 'texts', '', 200, { id: /^[a-z0-9]{15}$/ }),
    creates('given', 'texts', 'abcdefghij12345', 200, { id: 'abcdefghij12345' }),
    creates('taken', 'texts', 'abcdefghij12345', 400, {
      data: exactly(idError('validation_not_unique', 'Value must be unique.')),
    }),
    creates('short', 'texts', 'abc', 400, {
      data: {
        id: {
          code: 'validation_min_text_constraint',
          message: 'Must be at least 15 character(s).',
          params: { min: 15 },
        },
      },
    }),
    creates('long', 'texts', 'a'.repeat(16), 400, {
      data: { id: { code: 'validation_max_text_constraint', params: { max: 15 } } },
    }),
    creates('upper case', 'texts', 'ABCDEFGHIJ12345', 400, {
      data: exactly(idError('validation_invalid_format', 'Invalid value format.')),
    }),
    creates('with autogenerate', 'loose', undefined, 200, { id: /^[a-z]{8}$/ }),
    creates('a loose pattern', 'loose', 'Any thing', 400, {
      data: { id: { code: 'validation_forbidden_pk_character' } },
    }),
    creates('a loose pattern: letters', 'upper', 'Abc-1', 200, { id: 'Abc-1' }),
    creates('a loose pattern: taken in another case', 'upper', 'aBC-1', 400, {
      data: { id: { code: 'validation_pk_invalid' } },
    }),
    creates('a loose pattern: a dot', 'loose', 'a.b', 400, {
      data: { id: { code: 'validation_forbidden_pk_character' } },
    }),
    creates('a loose pattern: a slash', 'loose', 'a/b', 400, {
      data: { id: { code: 'validation_forbidden_pk_character' } },
    }),
    creates('a loose pattern: a device name', 'loose', 'CON', 400, {
      data: { id: { code: 'validation_reserved_pk' } },
    }),
    {
      name: 'cannot change',
      method: 'PATCH',
      path: `${records}/abcdefghij12345`,
      as: 'superuser',
      json: { id: 'abcdefghij12346' },
      status: 400,
      body: {
        message: 'Failed to update record.',
        data: exactly(idError('validation_pk_change', 'The record primary key cannot be changed.')),
      },
    },
    {
      name: 'the same value is no change',
      method: 'PATCH',
      path: `${records}/abcdefghij12345`,
      as: 'superuser',
      json: { id: 'abcdefghij12345', text: 'x' },
      status: 200,
      body: { text: 'x', expand: absent },
    },
  ]);
});
