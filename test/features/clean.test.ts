import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { clean, cleanLine } from '../../runtime/features/clean.ts';
import { article, code, post } from './documents.ts';
import { longTexts, untrustedText } from './untrusted-text.ts';

function cleaned(markdown: string): string {
  return clean(article(markdown)).text;
}

function lineCount(text: string): number {
  return text.split(/\r\n?|[\n\u0085\u2028\u2029]/).length;
}

describe('cleaning', () => {
  it('writes styled letters plainly', () => {
    assert.equal(
      cleaned('𝗯𝗼𝗹𝗱 𝘪𝘵𝘢𝘭𝘪𝘤 𝚖𝚘𝚗𝚘 𝓼𝓬𝓻𝓲𝓹𝓽 𝔣𝔯𝔞𝔨𝔱𝔲𝔯 𝕕𝕠𝕦𝕓𝕝𝕖 ℍ𝕖𝕝𝕝𝕠 𝟏𝟐'),
      'bold italic mono script fraktur double Hello 12',
    );
    assert.equal(cleaned('Ｗｉｄｅ１２ ⓗⓔⓛⓛⓞ 🅗🅘 ᴄᴀᴘs s̶t̶r̶i̶k̶e̶'), 'Wide12 hello HI caps strike');
  });

  it('leaves signs, emoji, accents and other scripts alone', () => {
    const text = 'x ∈ ℝ Ⓜ ① 🅿️ 🇩🇪 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ Çeşme naïve ÄÖÜ ß 日本語、テスト！ می‌خواهم क्‍ष';
    assert.equal(cleaned(text), text.normalize('NFC'));
  });

  it('composes letters and takes out what cannot be seen', () => {
    assert.equal(
      cleaned('cafe\u0301 zero\u200bwidth so\u00adft a\u00a0b \u202eright\u202c\u0000 a\u200cb'),
      'café zerowidth soft a b right ab',
    );
  });

  it('keeps what links and images say and drops where they lead', () => {
    assert.equal(
      cleaned('Read [the post](https://example.com/p?utm_source=x "t"), then ![A cat](cat.png) and ![IMG](IMG_1.png).'),
      'Read the post, then A cat and .',
    );
    assert.equal(cleaned('[![Build](https://ci/badge.svg)](https://ci) [`code`](https://example.com)'), 'Build `code`');
    assert.equal(cleaned('[a][1] and [1][]\n\n[1]: https://example.com "t"'), 'a and 1\n\n');
  });

  it('cuts addresses down to what a reader would search for', () => {
    assert.equal(
      cleaned('See https://www.github.com/ada/engine?tab=readme#top, or https://lnkd.in/e2Xz9.'),
      'See github.com/ada/engine, or .',
    );
    assert.equal(cleaned('(https://example.com/2f9a8b7c6d5e4f3a2b1c/guide)'), '(example.com/guide)');
  });

  it('takes out HTML that arranges text, and its comments', () => {
    assert.equal(cleaned('<p align="center">Hi<br>you</p> Vec<T> <!-- no\nno -->x'), ' Hi you  Vec<T> \nx');
  });

  it('takes out lines at the ends that ask to subscribe, and only there', () => {
    assert.equal(
      cleaned('Subscribe now\n\nText.\n\nShare\n\nMore text.\n\nFollow me on Twitter!'),
      '\n\nText.\n\nShare\n\nMore text.\n\n',
    );
    assert.equal(cleaned('Subscribe'), 'Subscribe');
  });

  it('leaves code as it is, byte for byte', () => {
    for (const kept of [
      '```\n𝗯 https://a.b/?c=d \u200b\n```',
      '`https://a.b/?c=d 𝗯`',
      'a\n\n    𝗯 https://a.b/?c=d\n\nb',
    ]) {
      assert.equal(cleaned(kept), kept);
    }
    const source = 'const a = "𝗯\u200b";  // https://a.b/?c=d\u00a0\n';
    assert.deepEqual(clean(code(source, 'typescript')), {
      text: source,
      form: 'code',
      title: 'source/file',
      language: 'typescript',
    });
  });

  it('reads Markdown in a repository as prose', () => {
    assert.equal(clean(code('# Title\r\n[a](https://b.c)\r\n', 'markdown')).text, '# Title\na\n');
    assert.equal(clean(code('# Title', 'markdown')).form, 'prose');
  });

  it('cleans titles and queries as it cleans text', () => {
    assert.equal(cleanLine('  𝗛𝗲𝗹𝗹𝗼\u00a0\n world '), 'Hello world');
  });

  it('is done after one time', () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        for (const make of [article, post, (source: string) => code(source, 'markdown')]) {
          const once = clean(make(text)).text;
          assert.equal(clean(make(once)).text, once);
        }
      }),
    );
  });

  it('neither adds nor removes lines', () => {
    fc.assert(fc.property(untrustedText, (text) => assert.equal(lineCount(cleaned(text)), lineCount(text))));
  });

  for (const [name, text] of Object.entries(longTexts)) {
    it(`comes to an end on a long text: ${name}`, () => {
      assert.ok(cleaned(text).length <= text.length);
    });
  }
});
