import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ArticleDocument } from '../../../runtime/domain/documents.ts';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { timestampOf, timestampOfName } from '../../../runtime/sources/files/dates.ts';
import { extract } from '../../../runtime/sources/files/extract.ts';
import { formatOf } from '../../../runtime/sources/files/formats.ts';
import { splitFrontMatter } from '../../../runtime/sources/files/front-matter.ts';
import { firstHeading } from '../../../runtime/sources/files/heading.ts';

interface Seen {
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
  readonly content: ArticleDocument['content'];
}

function extracted(name: string, text: string | Uint8Array): Seen {
  const path = `/writing/${name}`;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const format = formatOf(path);
  assert.ok(format !== undefined);
  const draft = extract({ path, link: `file://${path}`, format, bytes, authorId: 'a' });
  assert.ok(draft.kind === 'article');
  return draft;
}

test('front matter gives title, date, author and language, and is no part of the text', () => {
  const { title, publishedAt, content } = extracted(
    'a.md',
    '---\ntitle: "A title: with a colon"\ndate: 2024-03-01T10:00:00+02:00\nauthor: Ada\nlang: de\ntags: [x]\n---\n\nText.\n',
  );
  assert.equal(title, 'A title: with a colon');
  assert.equal(publishedAt, '2024-03-01T08:00:00.000Z');
  assert.deepEqual(content, { markdown: 'Text.', byline: 'Ada', language: 'de' });
});

test('authors may be several, or more than a name', () => {
  const byline = (yaml: string): string | undefined => extracted('a.md', `---\n${yaml}\n---\nText`).content.byline;
  assert.equal(byline('authors: [Ada, Grace]'), 'Ada, Grace');
  assert.equal(byline('author: {name: Ada, url: x}'), 'Ada');
  assert.equal(byline('author: [{name: Ada}, Grace]'), 'Ada, Grace');
  assert.equal(byline('author: {nick: Ada}'), undefined);
});

test('front matter that cannot be understood stays in the text', () => {
  for (const yaml of ['title: [unclosed', '- a\n- b', 'just words', '"', 'a: *missing']) {
    const text = `---\n${yaml}\n---\n\nThe text.`;
    assert.equal(extracted('a.md', text).content.markdown, text, yaml);
  }
  const bomb = `a: &a [x]\n${'bcdefghijk'.replaceAll(/./g, (name) => `${name}: &${name} [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n`)}`;
  assert.match(extracted('a.md', `---\n${bomb}---\nThe text.`).content.markdown, /The text\.$/);
  const deep = `---\na: ${'['.repeat(20_000)}\n---\nThe text.`;
  assert.equal(extracted('a.md', deep).content.markdown, deep);
});

test('a field of an unexpected shape does not spoil the others', () => {
  const { title, publishedAt } = extracted('a.md', '---\ntitle: 2024\ndate: [soon]\nauthor: {}\n---\nText');
  assert.equal(title, '2024');
  assert.equal(publishedAt, undefined);
});

test('without a declared title it is the first heading, and without one the name of the file', () => {
  const titleOf = (text: string): string | undefined => extracted('the-name.md', text).title;
  assert.equal(titleOf('# The *first* `one` [here](x)\n\nText'), 'The first one here');
  assert.equal(titleOf('Text\n\n## Second level ##\n'), 'Second level');
  assert.equal(titleOf('Underlined\n==========\n\nText'), 'Underlined');
  assert.equal(titleOf('```sh\n# a comment\n```\n\n# After code\n'), 'After code');
  assert.equal(titleOf('#hashtag\n\n- item\n---\n'), 'the-name');
  assert.equal(titleOf('# <img src="x"> Logo\n\nText'), 'Logo');
  assert.equal(extracted('cafe\u0301.txt', 'Text').title, 'café');
});

test('the heading that is the title leaves the text, unless it is all there is', () => {
  const bodyOf = (text: string): string => extracted('a.md', text).content.markdown;
  assert.equal(bodyOf('\n# Title\n\nText'), 'Text');
  assert.equal(bodyOf('Title\n---\nText'), 'Text');
  assert.equal(bodyOf('# Title\n'), '# Title');
  assert.equal(bodyOf('Before\n\n# Title\n\nText'), 'Before\n\n# Title\n\nText');
  assert.equal(bodyOf('---\ntitle: Other\n---\n# Title\n\nText'), '# Title\n\nText');
});

test('the date is declared, or stands before the name; nothing else is taken for one', () => {
  assert.equal(extracted('2024-03-01-a-post.md', 'Text').publishedAt, '2024-03-01T00:00:00.000Z');
  assert.equal(
    extracted('2024-03-01-a.md', '---\ndate: 2024-02-29\n---\nText').publishedAt,
    '2024-02-29T00:00:00.000Z',
  );
  assert.equal(extracted('a.md', 'Text').publishedAt, undefined);
  assert.equal(timestampOfName('2024-13-01-a.md'), undefined);
  assert.equal(timestampOfName('2024-03-012.md'), undefined);
});

test('dates are read as people write them', () => {
  assert.equal(timestampOf('2024-3-1'), '2024-03-01T00:00:00.000Z');
  assert.equal(timestampOf('2024-03-01 10:20:30 -0500'), '2024-03-01T15:20:30.000Z');
  assert.equal(timestampOf('2024-03-01T10:20Z'), '2024-03-01T10:20:00.000Z');
  assert.equal(timestampOf('2024-03-01T10:20:30.123456+05:30'), '2024-03-01T04:50:30.123Z');
  for (const wrong of [
    '2023-02-29',
    '2024-02-30',
    '2024-01-01 24:00',
    '01/02/2024',
    'soon',
    '',
    '0000-01-01T00:00+01:00',
  ]) {
    assert.equal(timestampOf(wrong), undefined, wrong);
  }
});

test('texts of other encodings come out right', () => {
  const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  assert.equal(extracted('a.txt', latin('é')).content.markdown, 'é');
  assert.equal(extracted('a.md', latin('# Déjà vu\n\nÀ bientôt')).title, 'Déjà vu');
  const page = '<html><head><meta charset="windows-1251"><title>x</title></head><body><article><p>';
  const words = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
  const { content } = extracted('a.html', Buffer.concat([latin(page), words, latin('</p></article></body></html>')]));
  assert.equal(content.markdown, 'Привет');
});

test('binary data and nothing at all are rejected', () => {
  for (const [bytes, reason] of [
    [Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), 'binary'],
    [Buffer.from('   \n'), 'empty'],
    [Buffer.from('\ufeff'), 'empty'],
  ] as const) {
    assert.throws(
      () => extracted('a.md', bytes),
      (error) => error instanceof RejectedInput && error.reason === reason,
    );
  }
});

test('any bytes are a document or rejected', () => {
  const name = fc.constantFrom('a.md', 'a.txt', 'a.html');
  fc.assert(
    fc.property(name, fc.uint8Array({ maxLength: 200 }), (file, bytes) => {
      try {
        assert.notEqual(extracted(file, bytes).content.markdown.trim(), '');
      } catch (error) {
        assert.ok(error instanceof RejectedInput);
      }
    }),
  );
});

test('splitting front matter off loses nothing of the body, whatever the text', () => {
  const line = fc.constantFrom('---', '...', 'title: x', ': ', '- a', '&a *a', '', '# Heading', '!!js/function x', '"');
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.join('\n');
      const { body } = splitFrontMatter(text);
      assert.ok(text.endsWith(body));
      assert.ok(body === text || text.startsWith('---\n'));
    }),
  );
});

test('a heading ends where it says, whatever the text', () => {
  const line = fc.constantFrom(
    '# A',
    '## B ##',
    'Text',
    '===',
    '---',
    '```',
    '~~~',
    '',
    '    code',
    '- item',
    '[a](b',
    '*'.repeat(50),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.join('\n');
      const heading = firstHeading(text);
      if (heading !== undefined) {
        assert.notEqual(heading.text, '');
        assert.ok(heading.end === text.length || text[heading.end - 1] === '\n');
      }
    }),
  );
});
