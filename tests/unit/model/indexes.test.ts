import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveIndex, parseIndex, renderIndex, renderStandardIndex } from '../../../src/model/index-definition.ts';

test('takes statements apart and puts them together again', () => {
  const cases: [string, string, string][] = [
    ['CREATE INDEX i1 ON t (x)', 'CREATE INDEX `i1` ON `t` (`x`)', 'CREATE INDEX "i1" ON "t" ("x")'],
    [
      'create   unique\n index [i 1] on "t" ("x" asc)',
      'CREATE UNIQUE INDEX `i 1` ON `t` (`x` ASC)',
      'CREATE UNIQUE INDEX "i 1" ON "t" ("x" ASC)',
    ],
    [
      "CREATE UNIQUE INDEX IF NOT EXISTS `i``1` ON t (`x` COLLATE NOCASE DESC, lower(y), (x+1)) WHERE x != 'a)`b' and `y`>5",
      "CREATE UNIQUE INDEX IF NOT EXISTS `i``1` ON `t` (\n  `x` COLLATE NOCASE DESC,\n  lower(y),\n  (x+1)\n) WHERE x != 'a)`b' and `y`>5",
      'CREATE UNIQUE INDEX IF NOT EXISTS "i`1" ON "t" ("x" COLLATE NOCASE DESC, lower(y), (x+1)) WHERE x != \'a)`b\' and "y">5',
    ],
    [
      "CREATE INDEX i ON t (json_extract(x, '$.a'), y || [z])",
      "CREATE INDEX `i` ON `t` (\n  json_extract(x, '$.a'),\n  y || [z]\n)",
      'CREATE INDEX "i" ON "t" (json_extract(x, \'$.a\'), y || "z")',
    ],
    ['CREATE INDEX `i` ON `` (`x`)', 'CREATE INDEX `i` ON `` (`x`)', 'CREATE INDEX "i" ON "" ("x")'],
  ];
  for (const [sql, rendered, standard] of cases) {
    const index = parseIndex(sql);
    assert.ok(index !== null, sql);
    assert.equal(renderIndex(index), rendered);
    assert.equal(renderStandardIndex(index), standard);
    assert.deepEqual(parseIndex(rendered), index);
  }
});

test('refuses everything that could be more than one index', () => {
  const statements = [
    '',
    'foo',
    'CREATE INDEX i ON t',
    'CREATE INDEX i ON t ()',
    'CREATE INDEX i ON t (x,)',
    'CREATE INDEX ON t (x)',
    'CREATE INDEX i ON t (x) WHERE',
    'CREATE INDEX i ON t (x); DROP TABLE t',
    'CREATE INDEX i ON t (x) -- comment',
    'CREATE INDEX i ON t (x /* comment */)',
    'CREATE INDEX i ON t (x) WHERE y IN (SELECT 1)',
    'CREATE INDEX i ON t (x) WHERE y = ?',
    'CREATE INDEX i ON t (x) WHERE y = :a',
    'CREATE INDEX i ON t (x)) WHERE (y = 1',
    'CREATE INDEX i ON t ((x)',
    "CREATE INDEX i ON t (x) WHERE y = 'a",
    'CREATE INDEX a.i ON t (x)',
    'CREATE INDEX i ON t (x) y',
    'CREATE TABLE t (x)',
    `CREATE INDEX i ON t (${'('.repeat(100)}x${')'.repeat(100)})`,
    `CREATE INDEX i ON t (${'x,'.repeat(5000)}x)`,
  ];
  for (const sql of statements) assert.equal(parseIndex(sql), null, sql.slice(0, 60));
});

test('moves to another table only when it has to', () => {
  assert.equal(moveIndex('CREATE INDEX i ON t (x,  y)', 't'), 'CREATE INDEX i ON t (x,  y)');
  assert.equal(moveIndex('CREATE INDEX i ON t (x)', 'u'), 'CREATE INDEX `i` ON `u` (`x`)');
  assert.equal(moveIndex('nonsense', 'u'), 'nonsense');
});
