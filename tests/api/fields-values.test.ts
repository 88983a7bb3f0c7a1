// Fields that hold values: number, bool, date, autodate, json, geoPoint, password. Contract part 1, section 3.
import { anyDate, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/kinds/records';
const first = `${records}/kind00000000001`;

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

/** A value in JSON text, for what `JSON.stringify` would not write. */
function storesText(field: string, text: string, stored: unknown): Scenario {
  const raw = { type: 'application/json', bytes: `{"${field}":${text}}` };
  return {
    name: `${field}: ${text}`,
    method: 'POST',
    path: records,
    as: 'superuser',
    raw,
    status: 200,
    body: { [field]: stored },
  };
}

function refuses(field: string, value: unknown, error: object): Scenario {
  return {
    name: `${field} refuses ${JSON.stringify(value).slice(0, 60)}`,
    method: 'POST',
    path: records,
    as: 'superuser',
    json: { [field]: value },
    status: 400,
    body: { message: 'Failed to create record.', data: exactly({ [field]: error }) },
  };
}

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'kinds',
    fields: [
      { name: 'number', type: 'number' },
      { name: 'int', type: 'number', onlyInt: true },
      { name: 'range', type: 'number', min: 5, max: 10 },
      { name: 'bool', type: 'bool' },
      { name: 'date', type: 'date' },
      { name: 'dates', type: 'date', min: '2024-01-01 00:00:00.000Z', max: '2024-12-31 23:59:59.999Z' },
      { name: 'made', type: 'autodate', onCreate: true },
      { name: 'changed', type: 'autodate', onCreate: true, onUpdate: true },
      { name: 'touched', type: 'autodate', onUpdate: true },
      { name: 'json', type: 'json', maxSize: 200 },
      { name: 'geo', type: 'geoPoint' },
      { name: 'pin', type: 'password', min: 4, max: 8, pattern: '^[0-9]+$' },
    ],
  });
  const required = ['number', 'bool', 'date', 'json', 'geoPoint'].map((type) => ({ name: type, type, required: true }));
  await world.createCollection({ name: 'needed', fields: required });
  await world.createRecord('kinds', { id: 'kind00000000001', number: 10 });
}

apiSuite('fields: values', setUp, (suite) => {
  suite.scenarios('number', [
    stores('number', 1, 1),
    stores('number', -1.5, -1.5),
    stores('number', 0, 0),
    stores('number', undefined, 0),
    stores('number', null, 0),
    stores('number', '12.5', 12.5),
    stores('number', ' 12 ', 0),
    stores('number', 'abc', 0),
    stores('number', '', 0),
    stores('number', '1e3', 1000),
    stores('number', true, 1),
    stores('number', false, 0),
    stores('number', [1], 0),
    stores('number', { a: 1 }, 0),
    stores('number', 0.1, 0.1),
    stores('number', 9007199254740991, 9007199254740991),
    stores('number', -9007199254740991, -9007199254740991),
    stores('number', 1.5e300, 1.5e300),
    stores('number', 5e-324, 5e-324),
    storesText('number', '1.0', 1),
    storesText('number', '1E2', 100),
    refuses('number', 'NaN', {
      code: 'validation_not_a_number',
      message: 'The submitted number is not properly formatted.',
    }),
    refuses('number', 'Inf', {
      code: 'validation_not_a_number',
      message: 'The submitted number is not properly formatted.',
    }),
    refuses('number', '-Infinity', {
      code: 'validation_not_a_number',
      message: 'The submitted number is not properly formatted.',
    }),
    stores('int', 12, 12),
    stores('int', '12', 12),
    refuses('int', 1.5, { code: 'validation_only_int_constraint', message: 'Decimal numbers are not allowed.' }),
    stores('range', 5, 5),
    stores('range', 10, 10),
    stores('range', 0, 0),
    refuses('range', 4, {
      code: 'validation_min_number_constraint',
      message: 'Must be greater or equal than 5.',
      params: { min: 5 },
    }),
    refuses('range', -1, {
      code: 'validation_min_number_constraint',
      message: 'Must be greater or equal than 5.',
      params: { min: 5 },
    }),
    refuses('range', 10.5, {
      code: 'validation_max_number_constraint',
      message: 'Must be less or equal than 10.',
      params: { max: 10 },
    }),
    {
      name: 'number+',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'number+': 5 },
      status: 200,
      body: { number: 15 },
    },
    {
      name: 'number-',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'number-': 1.5 },
      status: 200,
      body: { number: 13.5 },
    },
    {
      name: 'number- of a text',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'number-': '3.5' },
      status: 200,
      body: { number: 10 },
    },
    {
      name: 'both, and the plain value first',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'number+': 5, number: 100, 'number-': 1 },
      status: 200,
      body: { number: 104 },
    },
    {
      name: 'number+ on create',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { 'number+': 5 },
      status: 200,
      body: { number: 5 },
    },
    {
      name: 'a modifier is checked',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'range+': 3 },
      status: 400,
      body: { message: 'Failed to update record.', data: { range: { code: 'validation_min_number_constraint' } } },
    },
    {
      name: 'a modifier of another type is no key',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'bool+': 3 },
      status: 200,
      body: { bool: false },
    },
  ]);

  suite.scenarios('bool', [
    ...[true, 'true', 'TRUE', 'True', 't', 'T', '1', 1, 5, -1, 0.5].map((value) => stores('bool', value, true)),
    ...[false, 'false', '0', 'yes', 'on', '', 0, null, undefined, [true], { a: true }].map((value) =>
      stores('bool', value, false),
    ),
  ]);

  suite.scenarios('date', [
    stores('date', '2024-05-06 07:08:09.123Z', '2024-05-06 07:08:09.123Z'),
    stores('date', '2024-05-06 07:08:09.123456Z', '2024-05-06 07:08:09.123Z'),
    stores('date', '2024-05-06 07:08:09Z', '2024-05-06 07:08:09.000Z'),
    stores('date', '2024-05-06 07:08:09', '2024-05-06 07:08:09.000Z'),
    stores('date', '2024-05-06', '2024-05-06 00:00:00.000Z'),
    stores('date', '2024-05-06T07:08:09Z', '2024-05-06 07:08:09.000Z'),
    stores('date', '2024-05-06T07:08:09.5+02:00', '2024-05-06 05:08:09.500Z'),
    stores('date', '2024-05-06T07:08:09', '2024-05-06 07:08:09.000Z'),
    stores('date', 'Mon, 06 May 2024 07:08:09 GMT', '2024-05-06 07:08:09.000Z'),
    stores('date', 'Mon, 06 May 2024 07:08:09 +0200', '2024-05-06 05:08:09.000Z'),
    stores('date', '06 May 2024', '2024-05-06 00:00:00.000Z'),
    stores('date', '2024-05-06 07:08:09 +0200', '2024-05-06 05:08:09.000Z'),
    stores('date', '', ''),
    stores('date', null, ''),
    stores('date', undefined, ''),
    stores('date', 'abc', ''),
    stores('date', '2024-13-01', ''),
    stores('date', '2024-02-30', ''),
    stores('date', true, ''),
    stores('date', { a: 1 }, ''),
    stores('date', '1969-12-31 23:59:59.999Z', '1969-12-31 23:59:59.999Z'),
    stores('date', '9999-12-31 23:59:59.999Z', '9999-12-31 23:59:59.999Z'),
    stores('dates', '2024-06-01', '2024-06-01 00:00:00.000Z'),
    stores('dates', '', ''),
    refuses('dates', '2023-12-31', {
      code: 'validation_min_greater_equal_than_required',
      message: 'Must be no less than 2024-01-01 00:00:00 +0000 UTC.',
      params: { threshold: '2024-01-01T00:00:00Z' },
    }),
    refuses('dates', '2025-01-01', {
      code: 'validation_max_less_equal_than_required',
      message: 'Must be no greater than 2024-12-31 23:59:59.999 +0000 UTC.',
      params: { threshold: '2024-12-31T23:59:59.999Z' },
    }),
  ]);

  suite.scenarios('autodate', [
    {
      name: 'on create',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { id: 'kind00000000002', made: '2000-01-01', touched: '2000-01-01' },
      status: 200,
      body: { made: anyDate, changed: anyDate, touched: '' },
      after: (world, answer) => {
        const { made, changed } = answer.json as { made: string; changed: string };
        if (made < '2020' || made !== changed) throw new Error(`${made} ${changed}`);
        world.values.set('made', made);
      },
    },
    {
      name: 'on update',
      method: 'PATCH',
      path: `${records}/kind00000000002`,
      as: 'superuser',
      json: { made: '2000-01-01', changed: '2000-01-01' },
      status: 200,
      body: (world) => ({ made: world.valueOf('made'), touched: anyDate }),
      after: (world, answer) => {
        const { changed } = answer.json as { changed: string };
        if (changed < world.valueOf('made')) throw new Error(changed);
      },
    },
  ]);

  suite.scenarios('json', [
    ...[{ a: { b: [1, null, 'x'] } }, [], [1, 'a'], {}, 5, -1.5, true, false, null, 'abc', '', 'a b', 'it"s'].map(
      (value) => stores('json', value, exactly(value)),
    ),
    stores('json', undefined, null),
    stores('json', '123', 123),
    stores('json', '-1', -1),
    stores('json', '"quoted"', 'quoted'),
    stores('json', '[1,2]', [1, 2]),
    stores('json', '{"a":1}', exactly({ a: 1 })),
    stores('json', 'null', null),
    stores('json', 'true', true),
    stores('json', '{broken', '{broken'),
    stores('json', '12abc', '12abc'),
    stores('json', 'x'.repeat(198), 'x'.repeat(198)),
    refuses('json', 'x'.repeat(199), {
      code: 'validation_json_size_limit',
      message: 'The maximum allowed JSON size is 200 bytes.',
      params: { maxSize: 200 },
    }),
  ]);

  suite.scenarios('geoPoint', [
    stores('geo', { lon: 12.5, lat: -45.25 }, exactly({ lon: 12.5, lat: -45.25 })),
    stores('geo', '{"lon":1,"lat":2}', exactly({ lon: 1, lat: 2 })),
    stores('geo', undefined, exactly({ lon: 0, lat: 0 })),
    stores('geo', null, exactly({ lon: 0, lat: 0 })),
    stores('geo', 'abc', exactly({ lon: 0, lat: 0 })),
    stores('geo', { lon: 5 }, exactly({ lon: 5, lat: 0 })),
    stores('geo', { lon: 180, lat: 90, other: 1 }, exactly({ lon: 180, lat: 90 })),
    refuses(
      'geo',
      { lon: 1, lat: 90.1 },
      { code: 'validation_invalid_latitude', message: 'Latitude must be between -90 and 90 degrees.' },
    ),
    refuses(
      'geo',
      { lon: -180.5, lat: 1 },
      { code: 'validation_invalid_longitude', message: 'Longitude must be between -180 and 180 degrees.' },
    ),
  ]);

  suite.scenarios('password', [
    {
      name: 'is never shown',
      method: 'POST',
      path: records,
      as: 'superuser',
      json: { pin: '12345' },
      status: 200,
      excludes: ['12345', '$2a$'],
    },
    refuses('pin', '123', { code: 'validation_min_text_constraint', message: 'Must be at least 4 character(s).' }),
    refuses('pin', '123456789', {
      code: 'validation_max_text_constraint',
      message: 'Must be less than 8 character(s).',
    }),
    refuses('pin', 'abcde', { code: 'validation_invalid_format', message: 'Invalid value format.' }),
  ]);

  suite.scenarios('required', [
    {
      name: 'zero values do not count',
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: { number: 0, bool: false, date: 'abc', json: {}, geoPoint: { lon: 0, lat: 0 } },
      status: 400,
      body: {
        data: exactly(
          Object.fromEntries(
            ['number', 'bool', 'date', 'json', 'geoPoint'].map((name) => [
              name,
              { code: 'validation_required', message: 'Cannot be blank.' },
            ]),
          ),
        ),
      },
    },
    ...['', [], null].map((json) => ({
      name: `json ${JSON.stringify(json)}`,
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: { number: 1, bool: true, date: '2024-01-01', json, geoPoint: { lon: 1, lat: 0 } },
      status: 400,
      body: { data: exactly({ json: { code: 'validation_required', message: 'Cannot be blank.' } }) },
    })),
    {
      name: 'json false and 0 count',
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: { number: 1, bool: true, date: '2024-01-01', json: 0, geoPoint: { lon: 1, lat: 0 } },
      status: 200,
    },
  ]);
});
