import { crc32, deflateSync } from 'node:zlib';
import { idOf } from './fill.ts';

/** One hostile request: `path` and, unless it is a GET, a body. Numbers in names are those of the list in `docs/promises.md`. */
export interface HostileInput {
  name: string;
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  /** `''` sends none. */
  type: string;
  body: string | Buffer;
  /** As superuser, else as a guest. */
  isSuperuser?: boolean;
}

const MIB = 1024 * 1024;
const things = '/api/collections/things/records';

/** All inputs that are sent one after the other; `file` is the stored name of the image that was uploaded before. */
export function hostileInputs(): HostileInput[] {
  return [...bodies(), ...filters(), ...lists(), ...patterns(), ...files()];
}

function post(name: string, body: string | Buffer, more: Partial<HostileInput> = {}): HostileInput {
  return { name, method: 'POST', path: things, type: 'application/json', body, ...more };
}

function get(name: string, path: string): HostileInput {
  return { name, method: 'GET', path, type: '', body: '' };
}

function list(name: string, query: string): HostileInput {
  return get(name, `${things}?${query}`);
}

/** Texts of up to 1 MiB that are dear to read. */
function bodies(): HostileInput[] {
  const keys = (count: number, keyOf: (i: number) => string): string =>
    `{${Array.from({ length: count }, (_, i) => `"${keyOf(i)}":1`).join(',')}}`;
  const flat = keys(80_000, (i) => `k${i}`);
  const form = Array.from({ length: 100_000 }, (_, i) => `k${i}=1`).join('&');
  const values = Array.from(
    { length: 900 },
    (_, i) => `--x\r\nContent-Disposition: form-data; name="k${i}"\r\n\r\n1\r\n`,
  );
  return [
    post('7 JSON, 100,000 arrays deep', '['.repeat(100_000)),
    post('7 JSON, 1,000,000 arrays deep', '['.repeat(1_000_000)),
    post('7 JSON, 150,000 objects deep', '{"a":'.repeat(150_000)),
    post('8 JSON, 1 MiB, 80,000 keys', flat),
    post(
      '8 JSON, 1 MiB, keys like integers',
      keys(95_000, (i) => String(i * 7)),
    ),
    post(
      '8 JSON, 1 MiB, keys that collide',
      keys(40_000, (i) => String(4_294_967_296 + i * 65_536)),
    ),
    post(
      '8 JSON, 4,900 keys like integers',
      keys(4_900, (i) => String(4_294_967_296 + i * 65_536)),
    ),
    post('8 JSON, 30,000 keys further inside', `{"tags":${keys(30_000, (i) => String(4_294_967_296 + i * 65_536))}}`),
    post('8 JSON, 15,000 small objects', `{"tags":[${'{"a":1},'.repeat(15_000)}{}]}`),
    post('8 JSON, 1 MiB of empty arrays', `{"tags":[${'[],'.repeat(340_000)}[]]}`),
    post('8 JSON, 270,000 numbers', `{"tags":[${'1,'.repeat(270_000)}1]}`),
    post('8 JSON, 9,900 values below every bound', `{"tags":[${'[],'.repeat(9_800)}[]]}`),
    post(
      '8 JSON, 2 MiB, keys like integers',
      keys(190_000, (i) => String(i * 7)),
    ),
    post(
      '8 JSON, 30 MB, flat',
      keys(2_000_000, (i) => `k${i}`),
    ),
    post('12 a number of 10,000 digits', `{"number":${'9'.repeat(10_000)}}`),
    post('13 1 MiB of combining marks', JSON.stringify({ title: '\u0301'.repeat(500_000) })),
    post('a text of 1 MB', JSON.stringify({ title: 'a'.repeat(1_000_000) })),
    post('a JSON value of 1 MB', JSON.stringify({ tags: 'a'.repeat(1_000_000) })),
    post('100,000 relations', JSON.stringify({ next: Array.from({ length: 50_000 }, (_, i) => idOf(i)) })),
    post('a form of 100,000 values', form, { type: 'application/x-www-form-urlencoded' }),
    post('a multipart form of 900 values', `${values.join('')}--x--\r\n`, { type: 'multipart/form-data; boundary=x' }),
    post(
      '37 a part name of 1 MiB',
      `--x\r\nContent-Disposition: form-data; name="${'n'.repeat(MIB)}"\r\n\r\n1\r\n--x--\r\n`,
      {
        type: 'multipart/form-data; boundary=x',
      },
    ),
    post('26 a batch of 50 creates of 20 KB', batchBody(50, 20_000), { path: '/api/batch' }),
    post('21 a token of 15 KB', '{}', { path: `${things}?token=${'a'.repeat(15_000)}` }),
    post('29 a password of 1 MB', JSON.stringify({ identity: 'limits@example.com', password: 'a'.repeat(1_000_000) }), {
      path: '/api/collections/_superusers/auth-with-password',
    }),
  ];
}

function batchBody(count: number, textLength: number): string {
  const one = { method: 'POST', url: things, body: { title: 'x', text: 'a'.repeat(textLength) } };
  return JSON.stringify({ requests: Array.from({ length: count }, () => one) });
}

function filters(): HostileInput[] {
  const filter = (name: string, text: string): HostileInput => list(name, `filter=${encodeURIComponent(text)}`);
  const many = (count: number, join: string): string => Array.from({ length: count }, () => 'number>1').join(join);
  return [
    filter('16 a filter of 3,501 characters', `title='${'a'.repeat(3493)}'`),
    filter('16 a filter of 201 expressions', many(201, '||')),
    filter('16 a filter of 200 expressions', many(200, '||')),
    filter('16 1,700 nested brackets', '('.repeat(1700) + 'number>1' + ')'.repeat(1700)),
    list('16 10,000 brackets', `filter=${'('.repeat(10_000)}`),
    list('16 9 sort keys', 'sort=title,text,number,public,created,-title,-text,-number,-public'),
    filter('17 % and letters on every row', `text ~ '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%zz%'`),
    filter('17 underscores on every row', `text ~ '${'_%'.repeat(60)}zz'`),
    filter('17 100 patterns on every row', Array.from({ length: 100 }, () => `text ~ '%a%b%zz%'`).join('||')),
    list('17 a range of an index, sorted by another field', 'filter=number>1&sort=title'),
    list('17 half of an index, sorted by another field', 'filter=public=true&sort=title'),
    list('17 the same, sorted otherwise', 'filter=public=true&sort=-title'),
    filter('17 half of an index, and a pattern', 'public = true && text ~ "%a%b%zz%"'),
    filter('17 a relation of 6 levels', 'next.next.next.next.next.next.title ~ "zz"'),
    filter('17 a back-relation of 3 levels', 'things_via_next.things_via_next.things_via_next.title ~ "zz"'),
    filter('17 a join of the collection with itself', '@collection.things.text ~ text'),
    filter('17 lengths and elements of every row', 'tags:length > 5 && next:each ~ "zz"'),
  ];
}

function lists(): HostileInput[] {
  const expand = Array.from({ length: 7 }, () => 'next').join('.');
  const names = Array.from({ length: 1000 }, (_, i) => `next${i}`).join(',');
  return [
    list('19 1,000 rows with their total', 'perPage=1000000000'),
    list('19 the last page', 'perPage=1000&page=1200'),
    list('sorted by a text without an index', 'sort=-text'),
    list('sorted at random', 'sort=@random'),
    list('20 expanded 7 deep, 1,000 rows', `perPage=1000&expand=${expand}`),
    list('20 expanded by 1,000 names', `perPage=1000&expand=${names}`),
    list(
      '20 fields with 10,000 entries',
      `perPage=1000&fields=${Array.from({ length: 3000 }, (_, i) => `f${i}`).join(',')}`,
    ),
    list('20 excerpts of 1,000 rows', 'perPage=1000&fields=text:excerpt(10,true),title:excerpt(10,true)'),
  ];
}

/** The pattern of 18 is saved by the caller beforehand, in the collection `patterns`. */
function patterns(): HostileInput[] {
  const path = '/api/collections/patterns/records';
  return [
    post('18 a text against ^(a+)+$', JSON.stringify({ text: `${'a'.repeat(28)}!` }), { path }),
    post('18 4,900 letters against ^(a+)+$', JSON.stringify({ text: `${'a'.repeat(4900)}!` }), { path }),
  ];
}

function files(): HostileInput[] {
  const upload = (name: string, fileName: string, bytes: Buffer): HostileInput =>
    post(
      name,
      Buffer.concat([
        Buffer.from(`--x\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n`),
        bytes,
        Buffer.from('\r\n--x--\r\n'),
      ]),
      { type: 'multipart/form-data; boundary=x' },
    );
  return [
    upload('4 a PNG of 50,000 by 50,000', 'large.png', pngHeader(50_000, 50_000)),
    upload('4 a GIF of 60,000 frames', 'frames.gif', gif(60_000)),
    upload('1 MiB of markup to look into', 'page.svg', Buffer.from('<!-- -->'.repeat(MIB / 8 - 10))),
  ];
}

function pngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = chunk('IDAT', deflateSync(Buffer.alloc(MIB)));
  return Buffer.concat([signature, chunk('IHDR', head), data, chunk('IEND', Buffer.alloc(0))]);
}

function gif(frames: number): Buffer {
  const head = Buffer.from([...Buffer.from('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])]);
}
