import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeText } from '../../../runtime/adapters/http/charset.ts';

/** The encoding's own table backwards: Node encodes UTF-8 and UTF-16 only. */
function encode(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding);
  const table = new Map<string, number[]>();
  for (let first = 0; first < 256; first++) {
    for (const bytes of [
      [first],
      ...Array.from({ length: first < 0x81 ? 0 : 191 }, (_, offset) => [first, 0x40 + offset]),
    ]) {
      const character = decoder.decode(Uint8Array.from(bytes));
      if ([...character].length === 1 && character !== '\ufffd' && !table.has(character)) {
        table.set(character, bytes);
      }
    }
  }
  return Uint8Array.from(
    [...text].flatMap((character) => table.get(character) ?? assert.fail(`${character} is not in ${encoding}`)),
  );
}

const french = 'Le garçon a mangé une pêche à l’été – « très » sucrée, 5 €.';
const japanese = 'これは日本語の文章です。文字コードを正しく判定できるかを確かめます。';
const russian = 'Это русский текст, чтобы проверить определение кодировки страницы.';

test('the charset of the header decides, in any spelling', () => {
  for (const contentType of [
    'text/html; charset=Shift_JIS',
    'text/html;CHARSET="shift-jis"',
    "text/html; charset='sjis'; x=y",
  ]) {
    assert.equal(decodeText(encode(japanese, 'shift_jis'), contentType), japanese, contentType);
  }
  assert.equal(decodeText(encode(french, 'windows-1252'), 'text/plain; charset=iso-8859-1'), french);
  assert.equal(decodeText(encode(russian, 'koi8-r'), 'text/plain;charset=koi8-r'), russian);
});

test('a byte order mark decides before the header, and is no part of the text', () => {
  const latin = 'text/html; charset=iso-8859-1';
  assert.equal(decodeText(Buffer.from(`\ufeff${french}`), latin), french);
  const littleEndian = Buffer.from(`\ufeff${japanese}`, 'utf16le');
  assert.equal(decodeText(littleEndian, latin), japanese);
  assert.equal(decodeText(Buffer.from(littleEndian).swap16(), latin), japanese);
});

test('without a charset in the header the document says it', () => {
  const heads = [
    '<!doctype html><meta charset=shift_jis>',
    '<html><head><META CHARSET="Shift_JIS" />',
    '<meta name="x" content="charset=utf-8"><meta http-equiv="Content-Type" content="text/html; charset=shift_jis">',
    '<!-- <meta charset=utf-8> --><meta charset="no-such-thing"><meta charset="x-sjis">',
    `<script>var s = '<meta charset="utf-8">'</script>${' '.repeat(2000)}<meta charset=shift_jis>`,
    '<?xml version="1.0" encoding="Shift_JIS"?><html>',
  ];
  for (const head of heads) {
    const bytes = Buffer.concat([Buffer.from(head), encode(japanese, 'shift_jis')]);
    assert.equal(decodeText(bytes, 'text/html'), head + japanese, head);
    assert.equal(decodeText(bytes, undefined), head + japanese, head);
  }
});

test('the header decides before the document, and an unknown charset in it is passed over', () => {
  const bytes = Buffer.concat([Buffer.from('<meta charset=shift_jis>'), Buffer.from(french)]);
  assert.equal(decodeText(bytes, 'text/html; charset=utf-8'), `<meta charset=shift_jis>${french}`);
  const swapped = Buffer.concat([Buffer.from('<meta charset=utf-8>'), Buffer.from(french)]);
  assert.equal(decodeText(swapped, 'text/html; charset=none'), `<meta charset=utf-8>${french}`);
});

test('plain text cannot declare anything', () => {
  const text = `write <meta charset=shift_jis> at the top – ${french}`;
  assert.equal(decodeText(Buffer.from(text), 'text/plain'), text);
});

test('a page that says UTF-16 in ASCII letters is UTF-8, and one that is UTF-16 is read as such', () => {
  const page = `<meta charset="utf-16">${french}`;
  assert.equal(decodeText(Buffer.from(page), 'text/html'), page);
  const wide = Buffer.from(`<?xml version="1.0"?>${japanese}`, 'utf16le');
  assert.equal(decodeText(wide, 'text/xml'), `<?xml version="1.0"?>${japanese}`);
  assert.equal(decodeText(Buffer.from(wide).swap16(), 'text/xml'), `<?xml version="1.0"?>${japanese}`);
});

test('when nobody says anything the bytes decide', () => {
  assert.equal(decodeText(Buffer.from(japanese), 'text/html'), japanese);
  const paragraphs = (text: string) =>
    `<html><head><title>x</title></head><body class="a"><p>${text}</p></body></html>`;
  for (const [text, encoding] of [
    [french, 'windows-1252'],
    [japanese, 'shift_jis'],
    [japanese, 'euc-jp'],
    [russian, 'windows-1251'],
    [russian, 'koi8-r'],
    ['这是一个中文页面，用来测试编码检测是否正确。', 'gb18030'],
    ['這是一個中文頁面，用來測試編碼檢測是否正確。', 'big5'],
    ['이것은 한국어 문장입니다. 문자 인코딩을 확인합니다.', 'euc-kr'],
  ] as const) {
    assert.equal(decodeText(encode(paragraphs(text), encoding), 'text/html'), paragraphs(text), encoding);
  }
  assert.equal(decodeText(encode('café', 'windows-1252'), 'text/plain'), 'café');
});

test('one broken character does not turn UTF-8 into something else', () => {
  const bytes = Buffer.concat([Buffer.from('“Schöne Grüße” '), Buffer.from([0xe2, 0x80]), Buffer.from(' aus Köln')]);
  assert.equal(decodeText(bytes, 'text/html'), '“Schöne Grüße” \ufffd aus Köln');
  const declared = Buffer.concat([
    Buffer.from('<meta charset=utf-8>caf'),
    Buffer.from([0xe9]),
    Buffer.from(' au lait'),
  ]);
  assert.equal(decodeText(declared, 'text/html'), '<meta charset=utf-8>caf\ufffd au lait');
});

test('valid UTF-8 without any declaration comes back as it was, and no bytes make it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = `x${text.toWellFormed()}`;
      assert.equal(decodeText(Buffer.from(wellFormed), 'text/plain'), wellFormed);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), fc.option(fc.string(), { nil: undefined }), (bytes, contentType) => {
      assert.equal(typeof decodeText(bytes, contentType), 'string');
    }),
  );
});
