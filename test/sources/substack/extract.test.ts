import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { PageReading } from '../../../runtime/crawling/page-reader.ts';
import { bodyToMarkdown } from '../../../runtime/sources/substack/body.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { attrs, postJson, preloadsPage, publicationJson, shownPage } from './posts.ts';

const url = 'https://ferry.substack.com/p/the-last-boat';
const asHtml = (text: string, at = url) => readPage({ url: at, mediaType: 'text/html', text });
const asJson = (value: unknown, at = `https://ferry.substack.com/api/v1/posts/the-last-boat`) =>
  readPage({ url: at, mediaType: 'application/json', text: JSON.stringify(value) });

function articleOf(reading: PageReading) {
  assert.equal(reading.outcome, 'document', JSON.stringify(reading));
  assert.ok(reading.outcome === 'document' && reading.document.kind === 'article');
  return reading.document;
}

function reasonOf(reading: PageReading): string {
  return reading.outcome === 'rejected' ? reading.reason : reading.outcome;
}

const described = ({ payload: _, ...rest }: ReturnType<typeof articleOf>) => rest;
const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');

suite('A post of Substack’s', () => {
  test('is the same document from its page, from either API and from what the page shows', () => {
    const fromPage = described(articleOf(asHtml(preloadsPage(postJson()))));
    assert.deepEqual(fromPage, {
      kind: 'article',
      naturalKey: 'p-4711',
      link: url,
      title: 'The last boat',
      publishedAt: '2024-03-05T08:20:30.000Z',
      content: {
        markdown: 'The boat that nobody waits for *leaves* on time, every evening.',
        byline: 'Ada Byron',
      },
    });
    assert.deepEqual(described(articleOf(asJson(postJson()))), fromPage);
    const byId = { post: postJson(), publication: publicationJson };
    assert.deepEqual(described(articleOf(asJson(byId, 'https://substack.com/api/v1/posts/by-id/4711'))), fromPage);
    const head = '<link rel="canonical" href="https://substack.com/home/post/p-4711">';
    const shown = shownPage(String(postJson()['body_html']), { head });
    assert.deepEqual(described(articleOf(asHtml(shown))), fromPage);
  });

  test('keeps the post and whose it is, and no keys of the page', () => {
    const { payload } = articleOf(asHtml(preloadsPage(postJson({ reaction_count: 3 }))));
    const kept: unknown = JSON.parse(Buffer.from(payload?.bytes ?? []).toString());
    const { stripe_user_id: _, custom_domain: __, ...pub } = publicationJson;
    assert.deepEqual(kept, { post: postJson({ reaction_count: 3 }), pub });
  });

  test('is known by its public page, not by the reader’s link to it', () => {
    const reader = postJson({ canonical_url: 'https://substack.com/home/post/p-4711' });
    assert.equal(articleOf(asHtml(preloadsPage(reader), 'https://substack.com/home/post/p-4711')).link, url);
    assert.equal(articleOf(asJson(reader)).link, url);
    const pub = { ...publicationJson, custom_domain: 'ferry.example' };
    const own = postJson({ canonical_url: 'https://ferry.example/p/the-last-boat' });
    assert.equal(articleOf(asHtml(preloadsPage(own, { pub }))).link, 'https://ferry.example/p/the-last-boat');
  });

  test('cannot give a page of another site as its own', () => {
    const claimed = postJson({ canonical_url: 'https://famous.substack.com/p/the-last-boat' });
    assert.equal(articleOf(asHtml(preloadsPage(claimed))).link, url);
  });

  test('is known on another host by its own address, whichever publication the page names', () => {
    const page = 'https://evil.example/p/the-last-boat';
    const famous = { ...publicationJson, custom_domain: 'famous.example' };
    for (const pub of [publicationJson, famous]) {
      for (const canonical_url of [url, 'https://famous.example/p/the-last-boat', undefined]) {
        const post = postJson({ canonical_url });
        assert.equal(articleOf(asHtml(preloadsPage(post, { pub }), page)).link, page);
        assert.equal(articleOf(asJson({ post, publication: pub }, `${page}?a=b`)).link, page);
      }
    }
    const nameless = postJson({ slug: undefined, canonical_url: undefined });
    assert.equal(articleOf(asHtml(preloadsPage(nameless), page)).link, page);
  });

  test('whose page does not tell its id is left to the API', () => {
    assert.equal(reasonOf(asHtml(shownPage('<p>The boat that nobody waits for leaves on time.</p>'))), 'no_post');
  });

  test('whose page says something unreadable to scripts is left to the API, as that may hold keys', () => {
    const after = '<script>window._preloads = JSON.parse("{\\"stripe_key\\":")</script>';
    const head = '<link rel="canonical" href="https://substack.com/home/post/p-4711">';
    const shown = shownPage(`<p>${words(60)}</p>`, { head, after });
    assert.equal(reasonOf(asHtml(shown)), 'no_post');
  });

  test('has all its authors', () => {
    const bylines = [{ name: 'Ada Byron' }, { name: null }, { name: ' Mary  Somerville ' }, { name: 'Ada Byron' }];
    const { content } = articleOf(asJson(postJson({ publishedBylines: bylines })));
    assert.equal(content.byline, 'Ada Byron, Mary Somerville');
  });

  test('is read although fields that do not matter are malformed', () => {
    const odd = postJson({ title: 7, post_date: 'soon', wordcount: 'many', publishedBylines: 'Ada', audience: null });
    const { title, publishedAt, content } = articleOf(asJson(odd));
    assert.deepEqual([title, publishedAt, content.byline], [undefined, undefined, undefined]);
  });
});

suite('Of a post that is not there as a whole', () => {
  test('the beginning that is free is refused, however its page tells that it is one', () => {
    const paid = { audience: 'only_paid', wordcount: 900, body_html: `<p>${words(120)}</p>` };
    assert.equal(reasonOf(asJson(postJson(paid))), 'paywall_stub');
    assert.equal(reasonOf(asHtml(preloadsPage(postJson(paid)))), 'paywall_stub');
    assert.equal(reasonOf(asJson(postJson({ ...paid, body_html: null }))), 'paywall_stub');
    const after = '<div class="paywall"><h2 class="paywall-title">This post is for paid subscribers</h2></div>';
    assert.equal(reasonOf(asHtml(shownPage(`<p>${words(400)}</p>`, { after }))), 'paywall_stub');
  });

  test('nothing is refused to a subscriber, who gets all of it', () => {
    const paid = postJson({ audience: 'only_paid', wordcount: 900, body_html: `<p>${words(880)}</p>` });
    assert.equal(reasonOf(asHtml(preloadsPage(paid))), 'document');
  });

  test('a text far shorter than its count of words is refused', () => {
    assert.equal(reasonOf(asJson(postJson({ wordcount: 900, body_html: `<p>${words(200)}</p>` }))), 'incomplete_text');
    assert.equal(reasonOf(asJson(postJson({ wordcount: 900, body_html: `<p>${words(860)}</p>` }))), 'document');
  });

  test('a podcast without text is refused, one with a text is read', () => {
    assert.equal(reasonOf(asJson(postJson({ type: 'podcast', wordcount: 0, body_html: null }))), 'no_text');
    const episode = postJson({ type: 'podcast', body_html: '<p>What we talked about, and where to read on.</p>' });
    assert.equal(reasonOf(asJson(episode)), 'document');
  });

  test('a draft is refused', () => {
    assert.equal(reasonOf(asJson(postJson({ is_published: false }))), 'draft');
  });

  test('a page that says it is asked too often is no post, whatever its status', () => {
    assert.equal(reasonOf(asHtml('<html><body><pre>Too many requests</pre></body></html>')), 'rate_limited');
  });
});

suite('The body of a post', () => {
  const markdown = (html: string) => bodyToMarkdown(html, undefined, url);

  test('keeps code in its double code elements as it is indented', () => {
    const html = '<pre><code><code>for (;;) {\n    wait();\n}</code></code></pre>';
    assert.equal(markdown(html), '```\nfor (;;) {\n    wait();\n}\n```');
  });

  test('loses forms, buttons and the controls of pictures and headings', () => {
    const html =
      '<p>Before.</p><div class="subscription-widget-wrap-editor"><p class="cta-caption">Subscribe!</p></div>' +
      '<p class="button-wrapper"><a class="button primary" href="https://ferry.substack.com/subscribe">Subscribe</a></p>' +
      '<h2 class="header-anchor-post">Heading<div class="header-anchor-parent"><div id="§heading">#</div></div></h2>' +
      '<div class="poll-embed" data-attrs="{}">Which?</div><p>After.</p>';
    assert.equal(markdown(html), 'Before.\n\n## Heading\n\nAfter.');
  });

  test('has pictures as they were uploaded, with their captions and without a link to themselves', () => {
    const upload = 'https://substack-post-media.s3.amazonaws.com/public/images/boat.png';
    const copy = `https://substackcdn.com/image/fetch/$s_!a1!,w_1456,f_auto/${encodeURIComponent(upload)}`;
    const figure = (img: string) =>
      `<div class="captioned-image-container"><figure><a class="image-link image2" href="${copy}">${img}</a>` +
      '<figcaption class="image-caption">The boat</figcaption></figure></div>';
    const expected = `![A boat](${upload})\n\n*The boat*`;
    assert.equal(markdown(figure(`<img src="${copy}" alt="A boat">`)), expected);
    assert.equal(markdown(figure(`<img src="${copy}" alt="A boat" data-attrs="${attrs({ src: upload })}">`)), expected);
  });

  test('has footnotes, whose numbers lead to the page on the page and nowhere in the API', () => {
    const note = (base: string, id: string) =>
      `<p>Slow<a class="footnote-anchor" id="footnote-anchor-1${id}" href="${base}#footnote-1${id}">1</a> boats.</p>` +
      `<div class="footnote"><a id="footnote-1${id}" href="${base}#footnote-anchor-1${id}" class="footnote-number">1</a>` +
      '<div class="footnote-content"><p>Very slow.</p></div></div>';
    const expected = 'Slow[^1] boats.\n\n[^1]: Very slow.';
    assert.equal(markdown(note('', '')), expected);
    assert.equal(markdown(note(url, '-4711')), expected);
  });

  test('has the pictures of a gallery', () => {
    const gallery = {
      images: [{ src: 'https://a.example/1.png' }, { src: 'https://a.example/2.png' }],
      caption: 'Two',
    };
    assert.equal(
      markdown(`<div class="image-gallery-embed" data-attrs="${attrs({ gallery })}"></div>`),
      '![](https://a.example/1.png)\n\n![](https://a.example/2.png)\n\n*Two*',
    );
  });

  test('has what is embedded as links, and names and formulas in the text', () => {
    const html =
      `<div class="youtube-wrap" data-attrs="${attrs({ videoId: 'dQw4' })}"><iframe></iframe></div>` +
      `<div class="tweet" data-attrs="${attrs({ url: 'https://twitter.com/ada/status/1', name: 'Ada' })}">Somebody’s words</div>` +
      `<div class="embedded-post-wrap" data-attrs="${attrs({ url: 'https://a.substack.com/p/b', title: 'B' })}"><a>B</a></div>` +
      `<p>Ask <span class="mention-wrap" data-attrs="${attrs({ name: 'Mary' })}"></span> about:</p>` +
      `<div class="latex-rendered" data-attrs="${attrs({ persistentExpression: 'x_1^2 + y' })}"></div>` +
      `<div class="spotify-wrap" data-attrs="${attrs({ url: 'javascript:alert(1)' })}">Play</div>`;
    assert.equal(
      markdown(html),
      '[https://www.youtube.com/watch?v=dQw4](https://www.youtube.com/watch?v=dQw4)\n\n' +
        '[Ada](https://twitter.com/ada/status/1)\n\n[B](https://a.substack.com/p/b)\n\nAsk Mary about:\n\n$x_1^2 + y$',
    );
  });
});

suite('A note', () => {
  test('is read by itself', () => {
    const comment = { id: 9, user_id: 5, handle: 'ada', body: 'Two\r\nlines', date: '2024-03-05T08:20:30.123Z' };
    const reading = asJson({ item: { comment } }, 'https://substack.com/api/v1/reader/comment/9');
    assert.ok(reading.outcome === 'document');
    const { payload: _, ...document } = reading.document;
    assert.deepEqual(document, {
      kind: 'post',
      naturalKey: 'c-9',
      link: 'https://substack.com/@ada/note/c-9',
      publishedAt: '2024-03-05T08:20:30.000Z',
      content: { text: 'Two\nlines' },
    });
  });

  test('is on Substack only', () => {
    const comment = { id: 9, user_id: 5, handle: 'ada', body: 'A copy', date: '2024-03-05T08:20:30.123Z' };
    const reading = asJson({ item: { comment } }, 'https://evil.example/p/note');
    assert.equal(reading.outcome === 'document' && reading.document.link, 'https://evil.example/p/note');
  });

  test('without a text is refused', () => {
    assert.equal(reasonOf(asJson({ item: { comment: { id: 9, body: '  ' } } })), 'no_text');
  });
});

suite('Whatever a page or an answer is', () => {
  const whole = preloadsPage(postJson({ body_html: '<p>“Quoted” \\ and <b>bold</b></p>' }));
  const outcomes = ['document', 'rejected', 'rate_limited'];

  test('cut off or changed anywhere, it is read or refused', () => {
    const mangled = fc
      .tuple(fc.nat(whole.length), fc.nat(20), fc.string())
      .map(([at, length, put]) => whole.slice(0, at) + put + whole.slice(at + length));
    fc.assert(fc.property(mangled, (text) => outcomes.includes(asHtml(text).outcome)));
    fc.assert(fc.property(fc.nat(whole.length), (end) => outcomes.includes(asHtml(whole.slice(0, end)).outcome)));
  });

  test('with anything in the place of any field, it is read or refused', () => {
    const field = fc.constantFrom(...Object.keys(postJson()));
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        const post = postJson({ [name]: value });
        return [asJson(post), asJson({ post, publication: value }), asHtml(preloadsPage(post, { pub: value }))].every(
          ({ outcome }) => outcomes.includes(outcome),
        );
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => outcomes.includes(asJson(value).outcome)));
  });

  test('nested however deep or repeated however often, it takes no time', () => {
    const started = performance.now();
    for (const text of ['['.repeat(2_000_000), '{"post":'.repeat(500_000), '"\\'.repeat(1_000_000)]) {
      assert.equal(readPage({ url, mediaType: 'application/json', text }).outcome, 'rejected');
      const page = `<script>window._preloads = JSON.parse(${JSON.stringify(text)})</script>`;
      assert.equal(asHtml(page).outcome, 'rejected');
    }
    assert.equal(asHtml('window._preloads = JSON.parse('.repeat(200_000)).outcome, 'rejected');
    const post = JSON.stringify(postJson({ reactions: 'deep' }));
    const nested = post.replace('"deep"', '['.repeat(200_000) + ']'.repeat(200_000));
    assert.equal(readPage({ url, mediaType: 'application/json', text: nested }).outcome, 'rejected');
    const body = '<div class="tweet" data-attrs="{">'.repeat(50_000);
    assert.equal(asJson(postJson({ body_html: body })).outcome, 'rejected');
    assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
  });
});
