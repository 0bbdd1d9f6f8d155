import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseFeed } from '../../../runtime/crawling/feed.ts';
import type { PageReading, ReadDocument } from '../../../runtime/crawling/page-reader.ts';
import { readExported } from '../../../runtime/sources/medium/archive.ts';
import { readPage } from '../../../runtime/sources/medium/extract.ts';
import { storyInFeed } from '../../../runtime/sources/medium/feed-story.ts';
import { blogPage } from '../../html/pages.ts';
import {
  apolloPage,
  exportedStory,
  feedHtml,
  feedOf,
  grafPage,
  markedPage,
  pathOf,
  storyAuthor,
  storyId,
  storyMarkdown,
  storyTitle,
} from './story-forms.ts';

const link = `https://medium.com${pathOf()}`;

function read(text: string, url = `${link}?source=rss-1&gi=2`): PageReading {
  return readPage({ url, mediaType: 'text/html', text });
}

function documentIn(reading: PageReading | ReadDocument | undefined): ReadDocument {
  assert.ok(reading !== undefined);
  if (!('outcome' in reading)) return reading;
  assert.ok(reading.outcome === 'document', JSON.stringify(reading));
  return reading.document;
}

const forms: Readonly<Record<string, () => PageReading | ReadDocument | undefined>> = {
  'a page of 2015': () => read(grafPage),
  'a page with a state whose references are ids': () => read(apolloPage({}, 'id')),
  'a page with a state whose references are refs': () => read(apolloPage({}, 'ref')),
  'a page of elements': () => read(markedPage),
  'a feed': () => {
    const [item] = parseFeed(
      feedOf([{ link, title: storyTitle, html: feedHtml }]),
      'https://medium.com/feed/@ada',
    ).items;
    return item && storyInFeed(item);
  },
  'an export': () => readExported(exportedStory(), `posts/2021-05-06_Keeping-a-boat-dry-${storyId}.html`),
};

suite('A story is the same document', () => {
  for (const [form, readForm] of Object.entries(forms)) {
    test(`from ${form}`, () => {
      const document = documentIn(readForm());
      assert.ok(document.kind === 'article');
      assert.equal(document.content.markdown, storyMarkdown);
      assert.deepEqual(
        { ...document, payload: undefined },
        {
          kind: 'article',
          naturalKey: storyId,
          link,
          title: storyTitle,
          publishedAt: '2021-05-06T07:08:09.000Z',
          payload: undefined,
          content: { markdown: storyMarkdown, byline: storyAuthor },
        },
      );
    });
  }
});

/** A page of a story whose paragraphs are named as told, among these objects. */
function pageNaming(paragraphs: readonly object[], objects: Readonly<Record<string, object>>): string {
  const page = apolloPage({ content: { bodyModel: { sections: [], paragraphs } } });
  return page.replace('"ROOT_QUERY"', () => `${JSON.stringify(objects).slice(1, -1)},"ROOT_QUERY"`);
}

suite('A page whose state names one thing many times', () => {
  test('has each paragraph once', () => {
    const paragraphs = Array.from({ length: 50_000 }, () => ({ __ref: 'Paragraph:x' }));
    const text = 'Water finds its way in, says the manual. '.repeat(80);
    const document = documentIn(read(pageNaming(paragraphs, { 'Paragraph:x': { type: 'P', text } })));
    assert.ok(document.kind === 'article');
    assert.equal(document.content.markdown, text.trim());
  });

  const shared = {
    picture: [
      { type: 'IMG', text: '', metadata: { __ref: 'x' } },
      { id: 'a.png', alt: 'A boat. '.repeat(2_000) },
    ],
    link: [
      { type: 'P', text: 'A boat.', markups: Array.from({ length: 50 }, () => ({ __ref: 'x' })) },
      { type: 'A', start: 0, end: 1, href: `https://boats.example/${'a'.repeat(10_000)}` },
    ],
  } as const;
  for (const [name, [paragraph, named]] of Object.entries(shared)) {
    test(`is too large when its paragraphs share a long ${name}`, () => {
      const reading = read(
        pageNaming(
          Array.from({ length: 1_000 }, () => paragraph),
          { x: named },
        ),
      );
      assert.equal(reading.outcome === 'rejected' && reading.reason, 'too_large');
    });
  }
});

const response = {
  title: 'I had the same leak, and it was the hatch.',
  paragraphs: [{ type: 'P', text: 'I had the same leak, and it was the hatch. A new seal helped.' }],
};
const responseText = 'I had the same leak, and it was the hatch. A new seal helped.';

suite('A response', () => {
  test('is a post, without the title that it does not have', () => {
    const post = { inResponseToPostResult: { __ref: 'Post:0123456789ab' } };
    const document = documentIn(read(apolloPage({ ...response, post })));
    assert.ok(document.kind === 'post');
    assert.equal(document.title, undefined);
    assert.equal(document.content.text, responseText);
    assert.equal(document.naturalKey, storyId);
  });

  test('is the same post in the export, where nothing says what it is', () => {
    const page = documentIn(read(apolloPage({ ...response, post: { inResponseToPostResult: { id: 'x' } } })));
    const body = `<section><p name="c001" class="graf graf--p">${responseText}</p></section>`;
    const exported = documentIn(
      readExported(exportedStory({ body, title: response.title }), `2021-05-06_x-${storyId}.html`),
    );
    assert.deepEqual({ ...exported, payload: undefined }, { ...page, payload: undefined });
  });
});

suite('An article', () => {
  test('is one although its first sentence begins as its title does, when it has headings', () => {
    const paragraphs = [
      { type: 'P', text: `${storyTitle} is hard work, as everybody says who has ever owned one.` },
      { type: 'H3', text: 'Why' },
      { type: 'P', text: 'Because there is so much water.' },
    ];
    assert.equal(documentIn(read(apolloPage({ paragraphs }))).kind, 'article');
  });

  test('keeps a heading below its first paragraph, and a line above its title', () => {
    const paragraphs = [
      { type: 'H4', text: 'Winter notes' },
      { type: 'H3', text: storyTitle },
      { type: 'P', text: 'It begins with the first rain of the autumn, before anybody thinks of it.' },
      { type: 'H4', text: 'Then' },
      { type: 'P', text: 'It goes on.' },
    ];
    const document = documentIn(read(apolloPage({ paragraphs })));
    assert.ok(document.kind === 'article');
    assert.match(document.content.markdown, /^Winter notes\n\nIt begins[^#]*\n\n### Then\n\nIt goes on\.$/);
  });

  test('has its whole title, which other places cut', () => {
    const whole = 'A title that is so long that nobody who lists it has the patience to go on to its end';
    const paragraphs = [
      { type: 'H3', text: whole },
      { type: 'P', text: 'And a text that is not much longer than that, as it happens.' },
    ];
    const document = documentIn(read(apolloPage({ title: `${whole.slice(0, 60)}…`, paragraphs })));
    assert.ok(document.kind === 'article');
    assert.equal(document.title, whole);
    assert.doesNotMatch(document.content.markdown, /A title/);
  });

  test('keeps code of several paragraphs in one block, with its indentation', () => {
    const paragraphs = [
      { type: 'P', text: 'Some code, which is what this is all about.' },
      { type: 'PRE', text: 'if wet:\n    pump()' },
      { type: 'PRE', text: 'else:\n    rest()' },
    ];
    const document = documentIn(read(apolloPage({ paragraphs })));
    assert.ok(document.kind === 'article');
    assert.match(document.content.markdown, /```\nif wet:\n {4}pump\(\)\n\nelse:\n {4}rest\(\)\n```/);
  });

  test('is dated by the day beside the name of its author when the head tells of a later edit', () => {
    const edited = markedPage.replace('2021-05-06T07:08:09.123Z', '2024-08-07T12:01:51.460Z');
    assert.equal(documentIn(read(edited)).publishedAt, '2021-05-06T00:00:00.000Z');
  });

  test('is known by its own id and link on the domain of a publication', () => {
    const origin = 'https://boats.example';
    const document = documentIn(read(apolloPage({ origin }), `${origin}${pathOf()}?gi=0af3`));
    assert.equal(document.naturalKey, storyId);
    assert.equal(document.link, `${origin}${pathOf()}`);
  });

  test('is known on any other host by its own address, whatever link the page names', () => {
    for (const url of [`https://evil.example${pathOf()}`, 'https://evil.example/copy']) {
      for (const text of [apolloPage(), markedPage, grafPage]) {
        assert.equal(documentIn(read(text, `${url}?utm_source=x`)).link, url);
      }
    }
  });

  test('is known by the domain of its publication when Medium names that', () => {
    const origin = 'https://boats.example';
    assert.equal(documentIn(read(apolloPage({ origin }))).link, `${origin}${pathOf()}`);
    assert.equal(
      documentIn(read(apolloPage({ origin }), `https://ada.medium.com${pathOf()}`)).link,
      `${origin}${pathOf()}`,
    );
  });

  test('is read as any page is when the page is of a generation that nobody has seen yet', () => {
    const html = `<html><head><title>Another generation | Medium</title><meta property="al:android:url" content="medium://p/${storyId}"></head><body>
      <article><h1>Another generation</h1>${'<p>All is different here, but for the words, of which there are as many as ever.</p>'.repeat(20)}</article></body></html>`;
    const document = documentIn(read(html));
    assert.ok(document.kind === 'article');
    assert.match(document.content.markdown, /^All is different here/);
  });
});

function refusalOf(reading: PageReading): string {
  return reading.outcome === 'rejected' ? reading.reason : reading.outcome;
}

suite('What is not content', () => {
  test('is a story of which only the beginning is shown', () => {
    assert.equal(refusalOf(read(apolloPage({ content: { isLockedPreviewOnly: true } }))), 'paywall_stub');
    const wall =
      '<div><h2>Create an account to read the full story.</h2><p>The author made this story available to Medium members only.</p></div>';
    assert.equal(
      refusalOf(read(markedPage.replace('</section></div></article>', `</section></div></article>${wall}`))),
      'paywall_stub',
    );
    assert.equal(
      refusalOf(read(markedPage.replace('</article>', '<div id="paywall-background-color"></div></article>'))),
      'paywall_stub',
    );
  });

  test('is not a story for members that is shown whole, or one that speaks of paywalls', () => {
    const spoken =
      '<p id="aa20" class="pw-post-body-paragraph">Create an account to read the full story, they say.</p>' +
      `<p id="aa21">${'And then one is asked for money, as everybody is who reads something. '.repeat(9)}</p>`;
    const badge = '<p>Member-only story</p>';
    assert.equal(
      read(markedPage.replace('<div role="separator">', `${spoken}${badge}<div role="separator">`)).outcome,
      'document',
    );
    assert.equal(read(apolloPage({ post: { isLocked: true, visibility: 'LOCKED' } })).outcome, 'document');
  });

  test('is a check for robots, whatever link it stands at', () => {
    const html = `<html><head><title>Just a moment...</title></head><body><h1>medium.com</h1><p>Performing security verification</p><script>window._cf_chl_opt={}</script></body></html>`;
    assert.equal(refusalOf(read(html)), 'challenge_page');
  });

  test('is a page of Medium that is no story, and a page of somebody else', () => {
    const profile =
      '<html><head><title>Ada – Medium</title><meta property="al:android:package" content="com.medium.reader"></head><body><h2>Ada</h2><p>Boats</p></body></html>';
    assert.equal(refusalOf(read(profile, 'https://medium.com/@ada')), 'not_an_article');
    assert.equal(refusalOf(read(blogPage(), 'https://blog.example/post')), 'not_an_article');
    assert.equal(refusalOf(readPage({ url: link, mediaType: 'application/pdf', text: '' })), 'unsupported_media_type');
  });
});

/** What scripts would be given by a page that means ill. */
const { value: apolloValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, 0, -1, 1e308, 'P', 'IMG', 'PRE', 'A', 'javascript:alert(1)', 'https://x.example/'),
    fc.string(),
    fc.constantFrom('a', 'b', `Post:${storyId}`, '__proto__', 'constructor').map((name) => ({ __ref: name })),
    fc.constantFrom('a', 'b', `Post:${storyId}`).map((id) => ({ type: 'id', id })),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        'content',
        'content({})',
        'bodyModel',
        'paragraphs',
        'text',
        'type',
        'markups',
        'start',
        'end',
        'href',
        'sections',
        'metadata',
        'iframe',
        'creator',
        'title',
        'firstPublishedAt',
      ),
      tie('value'),
    ),
  ),
}));

suite('Never throws', () => {
  test('whatever the state of a page is', () => {
    fc.assert(
      fc.property(apolloValue, apolloValue, apolloValue, (post, a, b) => {
        const state = JSON.stringify({ [`Post:${storyId}`]: post, a, b });
        read(`<script>window.__APOLLO_STATE__ = ${state.replaceAll('<', '\\u003c')}</script>`);
      }),
      { numRuns: 500 },
    );
  });

  test('whatever has become of a page on its way', () => {
    const pages = [apolloPage(), markedPage, grafPage, exportedStory(), feedHtml];
    fc.assert(
      fc.property(fc.constantFrom(...pages), fc.nat(), fc.nat(40), fc.string(), (page, at, length, by) => {
        const start = at % page.length;
        const mangled = page.slice(0, start) + by + page.slice(start + length);
        read(mangled);
        readExported(mangled, `posts/2021-05-06_x-${storyId}.html`);
        storyInFeed({ link, contentHtml: mangled, categories: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('or takes long over pages that are deep, point in circles, or are ten megabytes', () => {
    const deep = '['.repeat(2_000_000) + ']'.repeat(2_000_000);
    const circle = {
      bodyModel: { __ref: 'a' },
      paragraphs: [{ __ref: 'a' }],
      text: 'x',
      markups: [{ __ref: 'a' }],
      start: 0,
      end: 1,
    };
    const markups = Array.from({ length: 150_000 }, (_, index) => ({
      type: index % 2 ? 'A' : 'EM',
      start: index % 1000,
      end: 2000 + index,
      href: 'https://x.example/',
    }));
    const many = { bodyModel: { paragraphs: [{ type: 'P', text: 'x'.repeat(1_000_000), markups }] } };
    const states = [
      deep,
      JSON.stringify({ [`Post:${storyId}`]: { 'content({})': { __ref: 'a' } }, a: circle }),
      JSON.stringify({ [`Post:${storyId}`]: { title: 'T', content: many } }),
    ];
    const pages = [
      ...states.map((state) => `<script>window.__APOLLO_STATE__ = ${state}</script>`),
      `<article>${'<p id="aaaa">A line of some length, as there are many of them in a long text.</p>'.repeat(120_000)}`,
      `<article>${'<section>'.repeat(500)}${'<p id="aaaa">x<strong><em><a href="/x">y'.repeat(10_000)}`,
      `<article>${'<blockquote><ul><li><figure><div>'.repeat(20_000)}`,
      `<article>${'<a href="/x"><h2>'.repeat(5_000)}`,
    ];
    for (const page of pages) {
      const started = performance.now();
      read(page);
      storyInFeed({ link, contentHtml: page, categories: [] });
      const took = performance.now() - started;
      assert.ok(took < 30_000, `${page.slice(0, 60)} took ${took} ms`);
    }
  });
});
