import { decodeEntities } from './html-entities.ts';

/** Elements that are dropped with all that is in them. */
const dropped = new Set(
  'head style script iframe embed applet object svg img picture dialog template button form textarea input select option'.split(
    ' ',
  ),
);

/** Elements that have no end tag and so nothing in them. */
const voids = new Set('area base col embed hr img input keygen link meta param source track wbr'.split(' '));

/** Elements whose content is text up to their own end tag, whatever it looks like. */
const rawTexts = new Set('style script iframe textarea'.split(' '));

/** Elements within a line: their text joins what is around it. All others are set apart by a space. */
const inline = new Set(
  'a abbr acronym b bdo big br cite code em i label q small span strike strong sub sup time html body'.split(' '),
);

/** Elements that exist in tables only; elsewhere their tags are as good as not there. */
const tableParts = new Set('caption col colgroup tbody td tfoot th thead tr'.split(' '));

/**
 * What a person would read of an HTML text, white space as single spaces, trimmed, at most about `lengthMax` UTF-16 units (more
 * may come, never less if there is more). One pass, whatever the text.
 */
export function htmlToText(html: string, lengthMax: number): string {
  return new TextCollector(html, lengthMax).collect();
}

class TextCollector {
  readonly #html: string;
  readonly #lengthMax: number;
  #text = '';
  #index = 0;
  /** The dropped element that is being skipped, and how many of its name are open. */
  #skipping = '';
  #skipDepth = 0;
  /** Tables that are open. */
  #tables = 0;

  constructor(html: string, lengthMax: number) {
    this.#html = html;
    this.#lengthMax = lengthMax;
  }

  collect(): string {
    const html = this.#html;
    while (this.#index < html.length && this.#text.length <= this.#lengthMax) {
      const next = html.indexOf('<', this.#index);
      const end = next < 0 ? html.length : next;
      if (end > this.#index) this.#addText(html.slice(this.#index, end));
      this.#index = end;
      if (next >= 0) this.#readMarkup();
    }
    return this.#text.trim();
  }

  /** Appends text, runs of white space as one space. Long texts are taken in pieces, so that a short excerpt stays cheap. */
  #addText(raw: string): void {
    if (this.#skipping !== '') return;
    const pieceMax = 16 * (this.#lengthMax + 16);
    for (let start = 0; start < raw.length && this.#text.length <= this.#lengthMax; start += pieceMax) {
      const text = decodeEntities(raw.slice(start, start + pieceMax)).replace(/\s+/g, ' ');
      this.#text += this.#text === '' || this.#text.endsWith(' ') ? text.trimStart() : text;
    }
  }

  #addSpace(): void {
    if (this.#skipping === '' && this.#text !== '' && !this.#text.endsWith(' ')) this.#text += ' ';
  }

  /** Reads what begins with `<`: a tag, a comment, or a bare less-than sign. */
  #readMarkup(): void {
    const html = this.#html;
    const start = this.#index;
    if (html.startsWith('<!--', start)) return this.#skipTo('-->', start + 4);
    const mark = html[start + 1] ?? '';
    if (mark === '!' || mark === '?') return this.#skipTo('>', start + 1);
    const isEnd = mark === '/';
    const name = readName(html, start + (isEnd ? 2 : 1));
    if (name === '') {
      this.#addText('<');
      this.#index = start + 1;
      return;
    }
    this.#index = findTagEnd(html, start + 1 + name.length);
    const isClosed = html[this.#index - 2] === '/';
    if (isEnd) this.#endTag(name);
    else this.#startTag(name, isClosed);
  }

  #startTag(name: string, isClosed: boolean): void {
    if (this.#skipping !== '') {
      if (this.#skipping === name && !isClosed) this.#skipDepth += 1;
      return;
    }
    if (!dropped.has(name)) {
      if (name === 'table') this.#tables += 1;
      return this.#setApart(name);
    }
    if (voids.has(name) || (name === 'svg' && isClosed)) return;
    if (rawTexts.has(name)) return this.#skipRawText(name);
    this.#skipping = name;
    this.#skipDepth = 1;
  }

  #setApart(name: string): void {
    if (inline.has(name) || (this.#tables === 0 && tableParts.has(name))) return;
    this.#addSpace();
  }

  #endTag(name: string): void {
    if (this.#skipping === '') {
      if (!voids.has(name)) this.#setApart(name);
      if (name === 'table' && this.#tables > 0) this.#tables -= 1;
      return;
    }
    if (this.#skipping !== name) return;
    this.#skipDepth -= 1;
    if (this.#skipDepth === 0) this.#skipping = '';
  }

  #skipRawText(name: string): void {
    const closing = new RegExp(`</${name}`, 'gi');
    closing.lastIndex = this.#index;
    const found = closing.exec(this.#html);
    this.#index = found === null ? this.#html.length : findTagEnd(this.#html, found.index + 2 + name.length);
  }

  #skipTo(mark: string, from: number): void {
    const found = this.#html.indexOf(mark, from);
    this.#index = found < 0 ? this.#html.length : found + mark.length;
  }
}

/** The tag name at an index in lower case, or `''` when what follows is no tag. */
function readName(html: string, start: number): string {
  if (!/[a-z]/i.test(html[start] ?? '')) return '';
  let end = start + 1;
  while (end < html.length && !/[\s/>]/.test(html[end]!)) end += 1;
  return html.slice(start, end).toLowerCase();
}

/** The index behind the `>` that ends a tag; those within quoted attribute values do not. */
function findTagEnd(html: string, start: number): number {
  let quote = '';
  for (let index = start; index < html.length; index++) {
    const letter = html[index]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if ((letter === '"' || letter === "'") && html[index - 1] === '=') {
      quote = letter;
    } else if (letter === '>') {
      return index + 1;
    }
  }
  return html.length;
}
