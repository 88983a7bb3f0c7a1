import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResponseParser } from '../../../bench/load/response-parser.ts';

/** What a parser told of the given pieces, as short words. */
function parse(pieces: readonly string[]): string[] {
  const told: string[] = [];
  let body = '';
  const parser = new ResponseParser({
    onHead: (status) => told.push(`head ${status}`),
    onBody: (bytes, start, end) => {
      body += bytes.toString('utf8', start, end);
    },
    onEnd: (keepAlive) => {
      told.push(`end ${body} ${keepAlive ? 'kept' : 'closed'}`);
      body = '';
    },
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    parser.feed(bytes, 0, bytes.length);
  }
  if (parser.close()) told.push('closed well');
  return told;
}

const COUNTED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n';

describe('response parser', () => {
  it('reads a body with a length', () => assert.deepEqual(parse([COUNTED]), ['head 200', 'end hello kept']));

  it('reads chunks, their extensions and trailers', () => {
    assert.deepEqual(parse([CHUNKED]), ['head 201', 'end hello kept']);
  });

  it('reads responses cut at any two places, one right after the other', () => {
    const text = COUNTED + CHUNKED;
    const expected = ['head 200', 'end hello kept', 'head 201', 'end hello kept'];
    for (let first = 0; first < text.length; first += 1) {
      for (let second = first; second < text.length; second += 7) {
        assert.deepEqual(parse([text.slice(0, first), text.slice(first, second), text.slice(second)]), expected);
      }
    }
  });

  for (const head of ['HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.1 200 OK\r\nContent-Length: 0']) {
    it(`knows that there is no body: ${head.replace('\r\n', ' ')}`, () => {
      const status = head.slice(9, 12);
      assert.deepEqual(parse([`${head}\r\n\r\n`]), [`head ${status}`, 'end  kept']);
    });
  }

  it('takes the end of the connection for the end of a body without a length', () => {
    assert.deepEqual(parse(['HTTP/1.1 200 OK\r\n\r\nhello']), ['head 200', 'end hello closed', 'closed well']);
  });

  it('tells that the connection will close', () => {
    assert.deepEqual(parse(['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx']), [
      'head 200',
      'end x closed',
    ]);
  });

  it('does not take a cut body for a whole one', () => {
    assert.deepEqual(parse(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello']), ['head 200']);
  });

  it('refuses what is no response', () => {
    assert.throws(() => parse(['SSH-2.0-x\r\n\r\n']), /not an HTTP/);
    assert.throws(() => parse(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n']), /chunk size/);
  });
});
