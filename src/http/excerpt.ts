import { htmlToText } from './html-text.ts';

/**
 * The beginning of what a person would read of an HTML text: at most `lengthMax` code points, white space as single spaces,
 * then `...` if asked for and something was cut off.
 *
 * @example excerpt('<p>Hello <b>there</b></p>', 7, true) // 'Hello t...'
 */
export function excerpt(html: string, lengthMax: number, withEllipsis: boolean): string {
  // A code point takes at most two units; entities and tags are gone, so that much text and one more letter decide everything.
  const text = htmlToText(html, 2 * lengthMax + 2);
  let end = 0;
  for (let count = 0; count < lengthMax && end < text.length; count++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  if (end >= text.length) return text;
  return text.slice(0, end).trim() + (withEllipsis ? '...' : '');
}
