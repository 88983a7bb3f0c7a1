import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createField } from '../../../src/model/fields/field-codec.ts';
import type { FileField } from '../../../src/model/fields/field.ts';
import type { DraftValue } from '../../../src/model/fields/field-type.ts';
import { cleanOriginalName, createStoredFileName } from '../../../src/model/fields/file-name.ts';
import { nameOf, UploadedFileValue, uploadsOf } from '../../../src/model/fields/file.ts';
import { modifyValue, normaliseValue, validateValue, valueToColumn } from '../../../src/model/fields/registry.ts';

test('stored names are tame whatever the client called the file', () => {
  const random = '[a-z0-9]{10}';
  const cases: [string, string, string][] = [
    ['test.txt', '', `test_${random}\\.txt`],
    ['a.txt', '', `a${random}_${random}\\.txt`],
    ['My File Name.TXT', '', `my_file_name_${random}\\.TXT`],
    ['camelCaseName.tar.gz', '', `camel_case_name_${random}\\.tar\\.gz`],
    ['..hidden..', '.txt', `hidden_${random}\\.txt`],
    ['a/b\\c_d.txt', '', `c_d_${random}\\.txt`],
    ['../../x_y.js', '', `x_y_${random}\\.js`],
    ['no_ext', '.html', `no_ext_${random}\\.html`],
    ['no_ext', '', `no_ext_${random}`],
    ['.htaccess', '', `${random}_${random}\\.htaccess`],
    ['ünï cödé.pdf', '', `n_c_d_${random}\\.pdf`],
    [`${'x'.repeat(200)}.txt`, '', `x{100}_${random}\\.txt`],
    [`file.${'e'.repeat(40)}`, '', `file_${random}\\.e{19}`],
    ['a b.c d', '', `a_b_${random}\\.cd`],
    ['HTMLParser2Test.md', '', `htmlparser2_test_${random}\\.md`],
    ['AbC12dE.txt', '', `ab_c12d_e_${random}\\.txt`],
    ['name.with.many.dots.txt', '', `name_with_many_${random}\\.dots\\.txt`],
    ['file (1).png', '', `file_1_${random}\\.png`],
    ['trailing.', '.txt', `trailing_${random}\\.txt`],
    ['über.äö', '.txt', `ber_${random}\\.txt`],
    ['a\r\nb\u202etxt.exe', '', `a_b_txt_${random}\\.exe`],
    ['中文文件名.doc', '', `${random}_${random}\\.doc`],
    ['', '', `${random}_${random}`],
  ];
  for (const [name, sniffed, pattern] of cases) {
    assert.match(createStoredFileName(name, sniffed), new RegExp(`^${pattern}$`), name);
  }
  for (const name of ['x'.repeat(5000), `${'é'.repeat(5000)}.${'ö'.repeat(5000)}`, '\0\ud800']) {
    assert.match(createStoredFileName(name, ''), /^[\w.*+=#-]{1,150}$/);
  }
  assert.equal(cleanOriginalName('C:\\Temp\\My File.txt'), 'My File.txt');
  assert.ok(Buffer.byteLength(cleanOriginalName('é'.repeat(400))) <= 300);
});

function make(options: Partial<FileField>): FileField {
  return createField<FileField>({ type: 'file', name: 'f', ...options });
}

function upload(name: string, size = 3, contentType = 'text/plain; charset=utf-8'): UploadedFileValue {
  return new UploadedFileValue({
    name: `${name}_0000000000.txt`,
    originalName: `${name}.txt`,
    size,
    contentType,
    path: '/tmp/x',
  });
}

test('what is wrong with the files of a record', () => {
  const field = make({ maxSelect: 2, maxSize: 10, mimeTypes: ['text/plain'] });
  const big = upload('big', 11);
  const cases: [DraftValue, string | null][] = [
    [[], null],
    [['old.txt'], null],
    [['old.txt', upload('one')], null],
    [['a.txt', 'b.txt', 'c.txt'], 'Invalid new files: [a.txt b.txt c.txt].'],
    [['a.txt', big], 'Invalid new files: [a.txt].'],
    [[upload('one'), upload('two'), big], 'The maximum allowed files is 2.'],
    [[upload('one'), big], 'Failed to upload big.txt - the maximum allowed file size is 10 bytes.'],
    [[upload('pic', 3, 'image/png')], '"pic_0000000000.txt" mime type must be one of: text/plain.'],
    [[upload('x'.repeat(150))], 'The length must be between 1 and 150.'],
  ];
  for (const [input, message] of cases) {
    const failure = validateValue(field, normaliseValue(field, input), { stored: ['old.txt'] });
    assert.equal(failure?.message ?? null, message);
  }
  const invalid = validateValue(field, ['a.txt'], { stored: undefined });
  assert.deepEqual(invalid?.params, { invalidFiles: ['a.txt'] });
  assert.equal(validateValue(make({ required: true }), '', { stored: undefined })?.code, 'validation_required');
});

test('new files stand among the stored ones until they have a name only', () => {
  const field = make({ maxSelect: 5 });
  const one = upload('one');
  const two = upload('two');
  const value = modifyValue(field, ['old.txt', one], 'append', [two]);
  assert.deepEqual(value, ['old.txt', one, two]);
  assert.deepEqual(uploadsOf(value), [one, two]);
  assert.equal(valueToColumn(field, value), `["old.txt","${one.name}","${two.name}"]`);
  assert.deepEqual(modifyValue(field, value, 'remove', ['old.txt', nameOf(one)]), [two]);
  assert.deepEqual(modifyValue(field, ['old.txt'], 'prepend', one), [one, 'old.txt']);
  const single = make({ maxSelect: 1 });
  assert.equal(normaliseValue(single, ['old.txt', one]), one);
  assert.equal(valueToColumn(single, one), one.name);
  assert.equal(modifyValue(single, 'old.txt', 'remove', 'old.txt'), '');
});
