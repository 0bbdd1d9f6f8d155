import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeText, looksBinary } from '../../runtime/domain/text-encoding.ts';

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

test('every valid UTF-8 text comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const expected = text.replace(/^\ufeff/, '').replaceAll('\0', '\ufffd');
      assert.equal(decodeText(Buffer.from(text)), expected);
    }),
  );
});

test('byte order marks are obeyed and left out', () => {
  assert.equal(decodeText(Buffer.from('\ufeffé', 'utf8')), 'é');
  assert.equal(decodeText(Buffer.from('\ufeffé', 'utf16le')), 'é');
  assert.equal(decodeText(Buffer.from('\ufeffé', 'utf16le').swap16()), 'é');
});

test('Western texts of one byte a character come out right, however short', () => {
  for (const text of [
    'é',
    'Un café',
    'Übermäßig groß',
    "L'été dernier",
    '25°C ± 2',
    '¿Qué pasó?',
    'RÉSUMÉ',
    'A educação',
  ]) {
    assert.equal(decodeText(latin(text)), text);
  }
  assert.equal(decodeText(hex('934869942097208035')), '“Hi” — €5');
});

test('other encodings are told by what the text looks like, or by what it declares', () => {
  assert.equal(decodeText(hex('cff0e8e2e5f22c20ece8f02e20ddf2ee20eff0e8ece5f0')), 'Привет, мир. Это пример');
  assert.equal(
    decodeText(hex('8ba982cd82b582a2936381410a82b182f182c982bf82cd90a28a458142')).includes('こんにちは世界'),
    true,
  );
  assert.equal(decodeText(hex('e9'), 'iso-8859-5'), 'щ');
  assert.equal(decodeText(hex('e9'), 'no such encoding'), 'é');
  assert.equal(decodeText(Buffer.from('é'), 'iso-8859-5'), 'é', 'valid UTF-8 is what it is, whatever it declares');
});

test('UTF-8 with broken places keeps the rest', () => {
  const broken = Buffer.concat([Buffer.from('Größe und Maß: '), hex('ff'), Buffer.from(' weiß')]);
  assert.equal(decodeText(broken), 'Größe und Maß: \ufffd weiß');
});

test('UTF-8 keeps every character whose bytes are sound, whatever the broken ones beside them are', () => {
  const sound = fc.constantFrom('é', '€', '語', '\u{1f600}', '\ufffd', 'a');
  const broken = fc.constantFrom('ff', 'e9', '80', 'c0af', 'e282', 'f09f98', 'e08080', 'eda0bd', 'f8888080');
  fc.assert(
    fc.property(fc.array(fc.tuple(sound, broken), { minLength: 1, maxLength: 20 }), (pairs) => {
      const bytes = Buffer.concat(pairs.flatMap(([text, bad]) => [Buffer.from(`café ${text} `), hex(bad), hex('20')]));
      const words = decodeText(bytes).split(' ');
      pairs.forEach(([text], index) => {
        assert.deepEqual(words.slice(index * 3, index * 3 + 2), ['café', text]);
        assert.match(words[index * 3 + 2] ?? '', /^\ufffd+$/);
      });
    }),
  );
});

test('bytes that never form a UTF-8 sequence are not taken for UTF-8', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'aZ .«»°“€éàüßÿñÉ'), minLength: 1 });
  const encoded = (text: string) => latin(text.replaceAll('“', '\x93').replaceAll('€', '\x80'));
  fc.assert(
    fc.property(letters, (text) => {
      fc.pre(!/[ßÉ][«»°“€]|[àéüÿñ][«»°“€]{2}/.test(text));
      assert.equal(decodeText(encoded(text), 'windows-1252'), text);
    }),
  );
});

test('any bytes become a text without NUL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.option(fc.string()), (bytes, declared) => {
      assert.equal(decodeText(bytes, declared ?? undefined).includes('\0'), false);
    }),
  );
});

test('binary is what has NUL bytes or many control characters, unless it is UTF-16', () => {
  assert.equal(looksBinary(hex('89504e470d0a1a0a0000000d')), true);
  assert.equal(looksBinary(hex('0102030405060708')), true);
  assert.equal(looksBinary(Buffer.from('\ufefftext', 'utf16le')), false);
  assert.equal(looksBinary(Buffer.from('text\twith\r\n\u001b[1mescapes\f')), false);
  assert.equal(looksBinary(latin('Un café')), false);
  assert.equal(looksBinary(new Uint8Array()), false);
});
