import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PageReading } from '../../../runtime/crawling/page-reader.ts';
import { readPage } from '../../../runtime/sources/linkedin/extract.ts';
import { readFeed } from '../../../runtime/sources/linkedin/feed.ts';
import { LinkedinSource } from '../../../runtime/sources/linkedin/source.ts';
import { page, ReplicaServer } from '../../replica/server.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { noBrowser } from './nothing.ts';

const modal =
  '<div class="modal"><h2>Sign in to view more content</h2><form><input name="session_key"><input type="password"></form></div>';
const article = 'https://www.linkedin.com/pulse/on-engines-ada-lovelace-x1y2z';
const paragraphs = [
  '<div class="article-main__content" data-test-id="publishing-text-block"><h2>Of weaving</h2></div>',
  '<div class="article-main__content" data-test-id="publishing-text-block"><p><span class="font-[700]">The engine</span><span class> weaves ' +
    '<a href="https://example.org/patterns?id=1&amp;trk=article-ssr-frontend-pulse_little-text-block">algebraic patterns</a>.</span></p></div>',
  '<div class="related"><h3>Recommended by LinkedIn</h3><a href="/pulse/other">Ten tricks with cards</a></div>',
  '<div data-test-id="publishing-image-block"><figure><img alt="A loom" data-delayed-url="https://media.example.org/loom.png"></figure></div>',
  '<div class="article-main__content" data-test-id="publishing-text-block"><ol><li>Cards</li><li>Looms</li></ol></div>',
];

function articlePage(body: string, data: object | undefined): string {
  const json = data === undefined ? '' : `<script type="application/ld+json">${JSON.stringify(data)}</script>`;
  return page(
    'On Engines | LinkedIn',
    `${json}<main><h1 class="pulse-title">On Engines </h1><h3>Ada Lovelace</h3><div data-test-id="article-content-blocks">${body}</div></main>` +
      `<section><h2>Comments</h2><p>Thanks for sharing</p></section>${modal}`,
  );
}

const described = {
  '@context': 'http://schema.org',
  '@type': 'Article',
  headline: 'The engine weaves algebraic patterns just as',
  name: 'On Engines ',
  datePublished: '2024-05-01T12:34:56.000+00:00',
  author: { '@type': 'Person', name: 'Ada Lovelace, Countess' },
};

function read(url: string, text: string): PageReading {
  return readPage({ url, mediaType: 'text/html', text });
}

function documentOf(reading: PageReading) {
  assert.equal(reading.outcome, 'document', JSON.stringify(reading));
  assert.ok(reading.outcome === 'document');
  return reading.document;
}

describe('a public article', () => {
  test('has what its author wrote, and nothing that is recommended in between', () => {
    const document = documentOf(read(`${article}?trk=x`, articlePage(paragraphs.join('\n'), described)));
    assert.ok(document.kind === 'article');
    assert.equal(
      document.content.markdown,
      '## Of weaving\n\n**The engine** weaves [algebraic patterns](https://example.org/patterns?id=1).\n\n' +
        '![A loom](https://media.example.org/loom.png)\n\n1. Cards\n2. Looms',
    );
    assert.equal(document.title, 'On Engines');
    assert.equal(document.content.byline, 'Ada Lovelace, Countess');
    assert.equal(document.publishedAt, '2024-05-01T12:34:56.000Z');
    assert.equal(document.naturalKey, 'pulse/on-engines-ada-lovelace-x1y2z');
    assert.equal(document.link, article);
  });

  test('is the same document on the pages of another country', () => {
    const document = documentOf(read(article.replace('www', 'uk'), articlePage(paragraphs.join(''), described)));
    assert.equal(document.link, article);
  });

  test('is read without structured data, and without the blocks that are known', () => {
    const bare = documentOf(read(article, articlePage(paragraphs.join(''), undefined)));
    assert.equal(bare.title, 'On Engines');
    const old = '<p>The engine weaves algebraic patterns just as the loom weaves flowers and leaves.</p>'.repeat(12);
    const other = documentOf(read(article, page('On Engines', `<article><h1>On Engines</h1>${old}</article>`)));
    assert.ok(other.kind === 'article' && other.content.markdown.startsWith('The engine weaves'));
  });

  test('is not one where LinkedIn shows something else', () => {
    const wall = page('Sign Up | LinkedIn', `<h1>Join LinkedIn</h1>${modal}`);
    for (const [url, html, reason] of [
      ['https://www.linkedin.com/authwall?trk=x', wall, 'login_page'],
      ['https://www.linkedin.com/uas/login?session_redirect=x', wall, 'login_page'],
      ['https://www.linkedin.com/checkpoint/challenge/x', wall, 'challenge_page'],
      [article, wall, 'login_page'],
      [article, page('Security verification', "<h1>Let's do a quick security check</h1>"), 'login_page'],
      [article, page('', ''), 'empty_page'],
    ] as const) {
      const reading = read(url, html);
      assert.equal(reading.outcome === 'rejected' && reading.reason, reason, url);
    }
  });
});

describe('a public post', () => {
  const link = 'https://www.linkedin.com/posts/ada_engines-activity-7304412404039811149-AbCd';
  const text = 'Engines weave.\n\nThat is all <for now>.';
  const shown = text.replaceAll('<', '&lt;').replaceAll('\n', '<br>');
  const card = `<article data-activity-urn="urn:li:activity:7304412404039811149"><p data-test-id="main-feed-activity-card__commentary">${shown}</p></article>`;
  const comments = '<p data-test-id="main-feed-activity-card__commentary">Another post of the same member, below</p>';

  test('is read from what is shown, with its line breaks, its key and its date', () => {
    const document = documentOf(read(link, page('Ada on LinkedIn', card + comments + modal)));
    assert.ok(document.kind === 'post');
    assert.equal(document.content.text, text);
    assert.equal(document.naturalKey, 'urn:li:activity:7304412404039811149');
    assert.equal(document.link, 'https://www.linkedin.com/feed/update/urn:li:activity:7304412404039811149/');
    assert.equal(document.publishedAt, '2025-03-09T08:07:06.000Z');
  });

  test('is read from structured data where the page shows less or nothing', () => {
    const data = { '@type': 'SocialMediaPosting', articleBody: text, datePublished: '2025-03-09T09:00:00.000Z' };
    const json = `<script type="application/ld+json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`;
    const document = documentOf(read(link, page('Ada on LinkedIn', json + modal)));
    assert.ok(document.kind === 'post');
    assert.equal(document.content.text, text);
    assert.equal(document.publishedAt, '2025-03-09T09:00:00.000Z');
  });

  test('that was asked for by its share is known by its activity', () => {
    const share = 'https://www.linkedin.com/feed/update/urn:li:share:7304412404000000000/';
    assert.equal(documentOf(read(share, page('Ada', card))).naturalKey, 'urn:li:activity:7304412404039811149');
  });

  test('may be one word, but not none', () => {
    const one = page('Ada', '<p data-test-id="main-feed-activity-card__commentary">Done!</p>');
    assert.equal(documentOf(read(link, one)).kind, 'post');
    const none = read(link, page('Ada', '<p data-test-id="main-feed-activity-card__commentary">…</p>'));
    assert.equal(none.outcome, 'rejected');
  });

  test('whose page is made in a new way is an alarm', () => {
    const reading = read(
      link,
      page('Ada on LinkedIn', '<div class="x1">Engines weave, and nobody knows this class.</div>'),
    );
    assert.equal(reading.outcome === 'rejected' && reading.reason, 'selectors_outdated');
  });
});

test('a public article is fetched once, and asked for changes after that', async () => {
  await using server = await ReplicaServer.start({
    routes: {
      '/pulse/on-engines-ada-lovelace-x1y2z': (request) =>
        request.headers['if-none-match'] === '"1"'
          ? { status: 304 }
          : { headers: { etag: '"1"' }, body: articlePage(paragraphs.join(''), described) },
    },
  });
  const source = new LinkedinSource({
    fetcher: fetcherOf(),
    read: readPage,
    browser: noBrowser,
    ownProfile: false,
    origin: server.origin,
  });
  const memory = new MemoryCrawl();
  const link = server.url('/pulse/on-engines-ada-lovelace-x1y2z');
  assert.equal((await memory.crawl(source, link)).drafts.length, 1);
  assert.equal((await memory.crawl(source, link)).unchanged, 1);
});

function fetcherOf() {
  return {
    fetch: async (url: string, { etag }: { readonly etag?: string | undefined }) => {
      const response = await fetch(url, { headers: etag === undefined ? {} : { 'if-none-match': etag } });
      if (response.status === 304) return { status: 'not_modified', url } as const;
      const body = new Uint8Array(await response.arrayBuffer());
      const text = new TextDecoder().decode(body);
      return {
        status: 'ok',
        url,
        mediaType: 'text/html',
        body,
        text,
        etag: response.headers.get('etag') ?? undefined,
      } as const;
    },
  };
}

describe('whatever a page is', () => {
  const markup = fc.array(
    fc.oneof(
      fc.constantFrom(
        '<div data-urn="urn:li:activity:7304412404039811149">',
        '<div componentkey="expandedX" role="listitem">',
        '<span data-testid="expandable-text-box">',
        '<p data-test-id="main-feed-activity-card__commentary">',
        '<div data-test-id="article-content-blocks">',
        '<div data-test-id="publishing-text-block">',
        '<div class="update-components-text">',
        '<script type="application/ld+json">{"@type":"Article","name":7}</script>',
        '<script type="application/ld+json">{"@graph":[null,{"@type":["SocialMediaPosting"]}]}</script>',
        '<button class="see-more">',
        '<pre></pre>',
        '<br>',
        '</div>',
        '</p>',
        '</span>',
        '<a href="/in/ada">',
        '<a href="http://[">',
      ),
      fc.string(),
    ),
  );

  test('reading it never fails, and never gives an empty document', () => {
    const links = [
      article,
      'https://www.linkedin.com/posts/a-activity-7304412404039811149-x',
      'https://www.linkedin.com/feed/',
    ];
    fc.assert(
      fc.property(markup, fc.constantFrom(...links), (parts, url) => {
        const reading = read(url, parts.join(''));
        if (reading.outcome !== 'document') return;
        const { content } = reading.document;
        assert.match('text' in content ? content.text : content.markdown, /[\p{L}\p{N}]/u);
      }),
      { numRuns: 500 },
    );
  });

  test('an activity page never fails to be read, and no post of it is empty', () => {
    fc.assert(
      fc.property(markup, (parts) => {
        const { own, keys } = readFeed(parts.join(''), 'https://www.linkedin.com/in/ada/recent-activity/all/', 'ada');
        assert.ok(own.every(({ text }) => text !== ''));
        assert.ok(own.length <= keys.length);
      }),
      { numRuns: 500 },
    );
  });
});
