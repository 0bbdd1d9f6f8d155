import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptableText, decodeBody, encodeBody, truncated } from '../../../runtime/adapters/sqs/message-text.ts';

/** What Amazon documents for a message and its attributes. */
const acceptable = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

describe('The text of a message', () => {
  it('means what was sent, and is written in characters every server takes', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.jsonValue({ stringUnit: 'binary' })), (body) => {
        const text = encodeBody(body);
        assert.deepEqual(decodeBody(text), JSON.parse(JSON.stringify(body)));
        assert.match(text, /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]*$/);
      }),
    );
  });

  it('is undefined when it is not JSON, whatever it is', () => {
    assert.equal(decodeBody('{"half":'), undefined);
    assert.equal(decodeBody(''), undefined);
    fc.assert(fc.property(anyText, (text) => assert.equal(decodeBody(`${text}{`), undefined)));
  });

  it('keeps everything in an attribute but what SQS refuses', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const accepted = acceptableText(text);
        assert.match(accepted, acceptable);
        assert.equal(accepted.length, text.length);
        if (acceptable.test(text)) assert.equal(accepted, text);
      }),
    );
  });

  it('is cut to a number of bytes between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: -5, max: 50 }), (text, bytes) => {
        const cut = truncated(text, bytes);
        assert.ok(text.startsWith(cut) && cut.isWellFormed());
        assert.ok(Buffer.byteLength(cut) <= Math.max(0, bytes));
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        assert.ok(cut === text || Buffer.byteLength(cut + next) > bytes, 'as much as fits');
      }),
    );
  });
});
