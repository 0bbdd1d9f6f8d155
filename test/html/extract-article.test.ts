import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { extractArticle } from '../../runtime/html/extract-article.ts';
import { plainText } from '../../runtime/html/plain-text.ts';
import { articleBody, blogPage, paragraph } from './pages.ts';

const url = 'https://harbour.example/posts/last-boat';
const markdownOf = (html: string): string => extractArticle(html, url).markdown;

suite('The article of a page', () => {
  test('is its text without what surrounds it', () => {
    const { markdown } = extractArticle(blogPage(), url);
    for (const wanted of ['Alpha', 'Beta', 'Gamma', '## Second part']) assert.ok(markdown.includes(wanted), wanted);
    for (const unwanted of [
      'cookies',
      'About this site',
      'Share',
      'Ada',
      'Another boat',
      'Nice text',
      'newsletter',
      'reserved',
      '5 March',
    ]) {
      assert.ok(!markdown.includes(unwanted), unwanted);
    }
  });

  test('does not begin with its title', () => {
    assert.match(markdownOf(blogPage()), /^Alpha /);
    assert.match(markdownOf(`<title>Of boats</title><h1>Of boats</h1>${articleBody}`), /^Alpha /);
  });

  test('comes with what the page says about itself', () => {
    const { markdown: _, ...metadata } = extractArticle(
      blogPage({ head: '<link rel="canonical" href="/posts/last-boat?utm_source=x">' }),
      url,
    );
    assert.deepEqual(metadata, {
      title: 'The last boat',
      byline: 'Ada Byron',
      publishedAt: '2024-03-05T08:20:30.000Z',
      canonicalLink: url,
      language: 'en-GB',
    });
  });

  test('has the lede above the body and the sections below it', () => {
    const lede = '<div class="lede"><p>A short word before everything else, which says what follows.</p></div>';
    const body = `<div class="entry-content">${articleBody}${articleBody}</div>`;
    const markdown = markdownOf(
      `<title>Boats</title><article><h1>Boats</h1>${lede}${body}<div class="entry-content">${paragraph('Omega')}</div></article>`,
    );
    assert.match(markdown, /^A short word/);
    assert.match(markdown, /Omega/);
  });

  test('keeps code, tables and lists in it', () => {
    const article = `${articleBody}<pre><code class="language-c">int main(void) {\n    return 0;\n}</code></pre><table><tr><th>Boat<th>Year<tr><td>Ada<td>1843</table><ul><li>oars</ul>`;
    const markdown = markdownOf(blogPage({ article }));
    assert.ok(markdown.includes('```c\nint main(void) {\n    return 0;\n}\n```'));
    assert.ok(markdown.includes('| Ada | 1843 |'));
    assert.ok(markdown.includes('- oars'));
  });

  test('is not lost when a name lies about it', () => {
    assert.match(markdownOf(`<body><div class="sidebar comments">${articleBody}</div></body>`), /Gamma/);
    assert.match(markdownOf(`<body><form><nav-bar hidden>x</nav-bar>${articleBody}</form></body>`), /Gamma/);
  });

  test('is all text of a page that has nothing else', () => {
    assert.equal(markdownOf('<p>Hello</p>'), 'Hello');
    assert.equal(markdownOf('Just text'), 'Just text');
    assert.match(markdownOf('<nav><a href="/a">One</a> <a href="/b">Two</a></nav>'), /One[\s\S]*Two/);
    assert.match(markdownOf('<noscript><p>Only without scripts</p></noscript>'), /Only without scripts/);
  });

  test('comes from structured data when the page does not show it', () => {
    const text = `First line of it.\n${'More words of the article itself. '.repeat(30)}`;
    const script = `<script type="application/ld+json">${JSON.stringify({ '@type': 'NewsArticle', articleBody: text })}</script>`;
    assert.match(markdownOf(`${script}<div id="app"><p>Loading</p></div>`), /^First line of it\.\n\nMore words/);
  });

  test('resolves links by the base of the page', () => {
    assert.match(
      markdownOf('<base href="/docs/"><p>See <a href="x">it</a> there.</p>'),
      /https:\/\/harbour\.example\/docs\/x/,
    );
  });
});

suite('A page that is broken, huge or hostile', () => {
  const pages: Readonly<Record<string, () => string>> = {
    'cut off in a tag': () => blogPage().slice(0, blogPage().indexOf('Gamma') + 900),
    'cut off in an attribute': () => `${articleBody}<a href="https://x`,
    'without a body': () => `<html><head><title>x</title></head>${articleBody}</html>`,
    'with two bodies': () => `<html><body><p>x</p><html><body>${articleBody}</body></html>`,
    'of null and control characters': () => articleBody.replaceAll(' ', ' \u0000\u0001\u001b'),
    'with an attribute of a megabyte': () => `<div class="${'a '.repeat(500_000)}">${articleBody}</div>`,
    'nested 100,000 levels': () => `${'<div>'.repeat(100_000)}${articleBody}`,
    'nested 100,000 levels, inline': () => `${'<b><i>'.repeat(50_000)}${articleBody}`,
    'nested 100,000 levels, lists': () => `${'<ul><li>'.repeat(50_000)}${articleBody}`,
    'nested 100,000 levels, quotes': () => `${'<blockquote>'.repeat(100_000)}${articleBody}`,
    'with 20,000 links': () => `${articleBody}${'<a href="/x">link</a> '.repeat(20_000)}`,
    'with deep JSON-LD': () => `<script type="application/ld+json">${'['.repeat(100_000)}</script>${articleBody}`,
    'with entities that are none': () => `${articleBody}<p>&bogus; &#x110000; &#0; &amp;amp; &`,
  };
  for (const [name, page] of Object.entries(pages)) {
    test(`${name}, is read`, () => assert.match(plainText(markdownOf(page())), /Gamma/));
  }

  test('of 30 MB is read whole', () => {
    const block = paragraph('Word');
    const markdown = markdownOf(`<article>${block.repeat(Math.ceil(30_000_000 / block.length))}</article>`);
    assert.ok(markdown.length > 29_000_000);
  });

  test('of frames has nothing to read', () => {
    assert.equal(markdownOf('<frameset cols="1,1"><frame src="/a"><frame src="/b"></frameset>'), '');
  });

  test('never makes it throw', () => {
    const piece = fc.constantFrom(
      ...'<article>|</article>|<div class="post-content">|</div>|<h1>Title</h1>|<p>Some words, as in a sentence.</p>|<nav>|</nav>|<ul><li><a href="/x">x</a>|<aside>|<footer>|<table><tr><td>|<title>T|</title>|<script type="application/ld+json">{"@type":"Article"|</script>|<meta property="og:title" content="T">|<time datetime="x">|<base href="http://[">|<link rel=canonical href="//">|<svg>|<body>|<html lang="??">|&#xD800;|\ud800|\u0000'.split(
        '|',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        assert.equal(typeof markdownOf(pieces.join('')), 'string');
      }),
    );
  });
});
