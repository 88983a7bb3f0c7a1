import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt } from '../../../src/http/excerpt.ts';

const all = (html: string): string => excerpt(html, 10_000, false);

test('what a person would read', () => {
  const cases: [string, string][] = [
    ['', ''],
    ['plain', 'plain'],
    ['  a \n\t b  ', 'a b'],
    ['<p>a</p><p>b</p>', 'a b'],
    ['<ul><li>a</li><li>b</li></ul>c', 'a b c'],
    ['a<b>b</b><i>c</i><label>d</label>', 'abcd'],
    ['a<br>b', 'ab'],
    ['<h1>Title</h1>text', 'Title text'],
    ['x<table><tr><td>k</td><td>l</td></tr></table>y', 'x k l y'],
    ['x<td>y</td>z', 'xyz'],
    ['x<mark>y</mark>z<wbr>1</wbr>2', 'x y z 12'],
    ['<script>x("<p>")</script>a<style>b{}</style>', 'a'],
    ['<head><title>t</title></head>a', 'a'],
    ['<svg><text>gone</text></svg>tail', 'tail'],
    ['<button>x<button>y</button></button>z', 'z'],
    ['<select><option>x</option></select>z', 'z'],
    ['a<img src="x>y" alt=\'>\'>b', 'ab'],
    ['a<input value=x>b', 'ab'],
    ['<!-- <p>gone</p> -->a', 'a'],
    ['<!doctype html>a<?x?>b', 'ab'],
    ['1 < 2 &amp; 3 &lt; 4', '1 < 2 & 3 < 4'],
    ['&nbsp;a&ouml;&#x1F333;&#65;&unknown;&amp', 'aö🌳A&unknown;&amp'],
    ['a<', 'a<'],
    ['a<b', 'a'],
    ['<a href="x">l', 'l'],
    ['<script>never closed', ''],
    ['<textarea><p>a</p></textarea>b', 'b'],
  ];
  for (const [html, text] of cases) assert.equal(all(html), text, html);
});

test('cut by code points, trimmed, with dots only when something was cut', () => {
  assert.equal(excerpt('<p>Hello there</p>', 6, true), 'Hello...');
  assert.equal(excerpt('<p>Hello</p>', 5, true), 'Hello');
  assert.equal(excerpt('🌳🌳🌳', 2, true), '🌳🌳...');
  assert.equal(excerpt('Hello', 1, false), 'H');
});

test('hostile texts take linear time', () => {
  const million = 1_000_000;
  const texts = [
    '<',
    '<a',
    '</',
    '<!--',
    '<a "',
    '&',
    '&#',
    '<script>',
    '<div>',
    '<svg>',
    ' ',
    '<b x="',
    '<p>\n',
    '</svg>',
  ];
  // Quadratic work on any one of them would take minutes.
  for (const text of texts) {
    all(text.repeat(million / text.length));
    excerpt(text.repeat(million / text.length), 1, true);
  }
});
