import type { SniffedType } from './sniff.ts';

/** Tags that only a page begins with. */
const htmlStart = /^<(?:!doctype html|html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|!--)[\s>]/i;
const svgTag = /<svg[\s>]/i;

/** The type of text, or null when the bytes are none. The last character may have been cut. */
export function sniffText(head: Buffer): SniffedType | null {
  if (head.length === 0) return { contentType: 'text/plain', extension: '.txt' };
  const text = decodeText(head);
  if (text === null) return null;
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start.startsWith('<?xml') || start.startsWith('<svg') || start.startsWith('<!')) {
    if (svgTag.test(start.slice(0, 2048))) return { contentType: 'image/svg+xml', extension: '.svg' };
  }
  if (htmlStart.test(start)) return { contentType: 'text/html; charset=utf-8', extension: '.html' };
  if (start.startsWith('<?xml')) return { contentType: 'text/xml; charset=utf-8', extension: '.xml' };
  if (looksLikeJson(start, head.length)) return { contentType: 'application/json', extension: '.json' };
  return { contentType: 'text/plain; charset=utf-8', extension: '.txt' };
}

function decodeText(head: Buffer): string | null {
  for (let cut = 0; cut <= 3; cut++) {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length - cut));
      return hasControls(text) ? null : text;
    } catch {
      // A character may go on behind the bytes we have.
    }
  }
  return null;
}

/** Control characters that no text has. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 27) return true;
  }
  return false;
}

/** A whole document must parse; of a longer one the beginning has to look right. */
function looksLikeJson(start: string, bytes: number): boolean {
  if (!/^[[{]/.test(start)) return false;
  if (bytes >= 3072) return /^(?:\{\s*"|\[\s*[[{"\d\-tfn])/.test(start);
  try {
    JSON.parse(start);
    return true;
  } catch {
    return false;
  }
}
