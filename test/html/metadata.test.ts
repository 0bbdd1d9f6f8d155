import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { metadataOf, type PageMetadata } from '../../runtime/html/metadata.ts';
import { parseHtml } from '../../runtime/html/parse.ts';
import { timestampFrom } from '../../runtime/html/published-at.ts';
import { normalizeAddress, trustedCanonical } from '../../runtime/html/web-address.ts';

const url = 'https://www.site.example/a/b';
const read = (html: string): PageMetadata => metadataOf(parseHtml(html), url);
const jsonLd = (value: unknown): string => `<script type="application/ld+json">${JSON.stringify(value)}</script>`;

suite('Metadata', () => {
  test('is read from JSON-LD, through @graph and references', () => {
    const page = read(
      jsonLd({
        '@graph': [
          { '@type': 'WebSite', name: 'Site' },
          {
            '@type': ['BlogPosting'],
            headline: 'Tom &amp; Ada',
            author: { '@id': '#ada' },
            datePublished: '2020-01-02',
            inLanguage: 'de_AT',
          },
          { '@type': 'Person', '@id': '#ada', name: 'Ada' },
        ],
      }),
    );
    assert.deepEqual(
      { ...page },
      {
        title: 'Tom & Ada',
        byline: 'Ada',
        publishedAt: '2020-01-02T00:00:00.000Z',
        canonicalLink: undefined,
        language: 'de-AT',
        structuredBody: undefined,
      },
    );
  });

  test('finds an author described in a later script', () => {
    const article = jsonLd({ '@type': 'Article', headline: 'T', author: { '@id': '#ada' } });
    assert.equal(read(article + jsonLd({ '@type': 'Person', '@id': '#ada', name: 'Ada' })).byline, 'Ada');
  });

  test('takes who wrote it and when from below the headline, where nothing marks it up', () => {
    const page = read(
      '<h1>The last boat</h1><div>BY <a>Ada de Vries</a> ⋅ Editor ⋅ <span>Updated March 5, 2025</span></div><p>By Grace</p>',
    );
    assert.equal(page.byline, 'Ada de Vries');
    assert.equal(page.publishedAt, '2025-03-05T00:00:00.000Z');
    assert.equal(read('<h1>Die Fähre</h1><span>von Änne Groß</span><span>● 2025-03-05 ●</span>').byline, 'Änne Groß');
  });

  test('takes no sentence below the headline for a name or a date', () => {
    const page = read(
      `<h1>The last boat</h1><p>By the river it was cold.</p><p>On March 5, 2025 we went down to the river for the first time.</p><p>${'Long text. '.repeat(40)}</p><p>By Ada</p>`,
    );
    assert.deepEqual([page.byline, page.publishedAt], [undefined, undefined]);
  });

  test('believes the person below the headline before a site that names itself as the author', () => {
    const site = '<meta property="og:site_name" content="The Site">';
    const author = jsonLd({ '@type': 'Article', headline: 'T', author: { name: 'the site' } });
    assert.equal(read(`${site}${author}<h1>The last boat</h1><p>by Ada Byron</p>`).byline, 'Ada Byron');
    assert.equal(read(`${site}${author}<h1>The last boat</h1><p>Text.</p>`).byline, 'the site');
    assert.equal(read('<meta name="author" content="262588213">').byline, undefined);
  });

  test('survives JSON-LD that is none', () => {
    assert.equal(read('<script type="application/ld+json">{"headline": </script><title>T</title>').title, 'T');
    assert.equal(
      read(`<script type="application/ld+json">{"@type":"Article","headline":"a\nb"}</script>`).title,
      'a b',
    );
  });

  test('is read from OpenGraph, meta tags and microdata', () => {
    const page = read(
      '<meta property="og:title" content="OG"><meta name="author" content="By Ada"><meta property="article:published_time" content="2021-05-06T07:08:09Z"><meta property="og:url" content="https://site.example/a/b#x">',
    );
    assert.deepEqual(
      [page.title, page.byline, page.publishedAt, page.canonicalLink],
      ['OG', 'Ada', '2021-05-06T07:08:09.000Z', 'https://site.example/a/b'],
    );
    const microdata = read(
      '<span itemprop="author"><b itemprop="name">Ada</b> (writer)</span><time>Jan 3, 2020</time><time itemprop="datePublished" datetime="2020-01-02">x</time>',
    );
    assert.deepEqual([microdata.byline, microdata.publishedAt], ['Ada', '2020-01-02T00:00:00.000Z']);
  });

  test('has the title without the name of the site', () => {
    assert.equal(
      read('<title>A good title - Site</title><meta property="og:site_name" content="Site">').title,
      'A good title',
    );
    assert.equal(read('<title>A good title | Some site</title>').title, 'A good title');
    assert.equal(read('<title>Site: A good title</title><h1>A good title</h1>').title, 'A good title');
    assert.equal(read('<title>Before - and after</title>').title, 'Before - and after');
  });
});

suite('A canonical link', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['/c', 'https://www.site.example/c'],
    ['https://site.example/c?utm_source=x&id=1#y', 'https://site.example/c?id=1'],
    ['http://m.site.example/c', 'https://m.site.example/c'],
    ['https://other.example/c', undefined],
    ['https://evil.www.site.example/c', undefined],
    ['https://www.site.example:8443/c', undefined],
    ['https://www.site.example/', undefined],
    ['javascript:alert(1)', undefined],
    ['https://[', undefined],
    [' ', undefined],
  ];
  for (const [claimed, trusted] of cases) {
    test(`${claimed} is ${trusted === undefined ? 'not believed' : 'believed'}`, () =>
      assert.equal(trustedCanonical(claimed, url), trusted));
  }

  test('has one form', () => {
    assert.equal(
      normalizeAddress('HTTP://user:x@Site.Example:80/A%20b?b=2&utm_medium=m&a=1&fbclid=9#frag'),
      'http://site.example/A%20b?b=2&a=1',
    );
  });
});

suite('A date', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29T23:30:00.1234-05:00', '2024-03-01T04:30:00.123Z'],
    ['2024-02-29 10:00:00 +0200', '2024-02-29T08:00:00.000Z'],
    ['Thu, 29 Feb 2024 10:00:00 +0200', '2024-02-29T08:00:00.000Z'],
    ['February 29th, 2024', '2024-02-29T00:00:00.000Z'],
    ['29 Feb. 2024 at 1:05 pm', '2024-02-29T13:05:00.000Z'],
    ['1709200800', '2024-02-29T10:00:00.000Z'],
    ['1709200800000', '2024-02-29T10:00:00.000Z'],
    ['2024/02/29', '2024-02-29T00:00:00.000Z'],
    ['2023-02-29', undefined],
    ['2024-13-01', undefined],
    ['1889-01-01', undefined],
    ['2999-01-01', undefined],
    ['soon', undefined],
    ['', undefined],
  ];
  for (const [text, time] of cases) {
    test(`${text || 'of nothing'} is ${time ?? 'none'}`, () =>
      assert.equal(timestampFrom(text, Date.UTC(2026, 0, 1)), time));
  }
});
