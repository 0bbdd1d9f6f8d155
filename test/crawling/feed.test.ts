import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { definesEntities, type Feed, parseFeed } from '../../runtime/crawling/feed.ts';
import { RejectedInput } from '../../runtime/domain/errors.ts';

const url = 'https://boats.example/feed.xml';
const rss = (items: string, { head = '', attributes = '' } = {}): string =>
  `<?xml version="1.0"?>${head}<rss version="2.0" ${attributes}><channel><title>Harbour &amp; notes</title><link>https://boats.example/</link>${items}</channel></rss>`;
const atom = (entries: string, attributes = ''): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom" ${attributes}><title>Harbour</title>${entries}</feed>`;
const links = (feed: Feed): string[] => feed.items.map(({ link }) => link);
const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;

suite('An RSS feed', () => {
  test('is read with all that an item says', () => {
    const feed = parseFeed(
      rss(
        `<item><title>Boats &lt;i&gt;at&lt;/i&gt; sea &amp;amp; land</title><link>/p/1?utm_source=rss#top</link><guid isPermaLink="false">7</guid>
        <dc:creator>Ada</dc:creator><pubDate>Tue, 05 Mar 2024 10:20:30 +0200</pubDate><category>Sea</category><category>Sea</category>
        <description>Short</description><content:encoded><![CDATA[<p>Long &amp; good</p>]]></content:encoded></item>`,
        {
          attributes:
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
        },
      ),
      url,
    );
    assert.deepEqual(feed, {
      title: 'Harbour & notes',
      link: 'https://boats.example/',
      next: undefined,
      items: [
        {
          link: 'https://boats.example/p/1',
          id: '7',
          title: 'Boats at sea & land',
          author: 'Ada',
          publishedAt: '2024-03-05T08:20:30.000Z',
          updatedAt: undefined,
          contentHtml: '<p>Long &amp; good</p>',
          categories: ['Sea'],
        },
      ],
    });
  });

  test('of versions 0.91 and 1.0, and without the namespaces it uses, is read, too', () => {
    const dtd = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://old.example/rss-0.91.dtd">';
    assert.deepEqual(links(parseFeed(rss('<item><link>https://boats.example/1</link></item>', { head: dtd }), url)), [
      'https://boats.example/1',
    ]);
    const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel><title>Old</title><link>https://boats.example/</link></channel>
      <item rdf:about="x"><title>One</title><link>https://boats.example/1</link><dc:date>2004-02-01</dc:date></item></rdf:RDF>`;
    const old = parseFeed(rdf, url);
    assert.deepEqual(
      [old.title, links(old), old.items[0]?.publishedAt],
      ['Old', ['https://boats.example/1'], '2004-02-01T00:00:00.000Z'],
    );
    const bare = parseFeed(rss('<item><link>/1</link><content:encoded>&lt;p&gt;Text</content:encoded></item>'), url);
    assert.equal(bare.items[0]?.contentHtml, '<p>Text');
  });

  test('names the next page of an archive', () => {
    const next = '<atom:link rel="self" href="/feed"/><atom:link rel="next" href="/feed?page=2"/>';
    const attributes = 'xmlns:atom="http://www.w3.org/2005/Atom"';
    assert.equal(parseFeed(rss(next, { attributes }), url).next, 'https://boats.example/feed?page=2');
  });

  test('may have a permanent id for a link, but no other', () => {
    const items = `<item><guid>https://boats.example/1</guid></item><item><guid isPermaLink="false">https://boats.example/2</guid></item><item><guid>3</guid></item>`;
    assert.deepEqual(links(parseFeed(rss(items), url)), ['https://boats.example/1']);
  });

  test('names each link once, and only links of the web', () => {
    const items = ['/1', '/1#a', 'javascript:alert(1)', 'mailto:a@b.example', 'http://[', '', 'file:///etc/passwd']
      .map((link) => `<item><link>${link}</link></item>`)
      .join('');
    assert.deepEqual(links(parseFeed(rss(items), url)), ['https://boats.example/1']);
  });

  test('has no links of more than 2,048 characters', () => {
    const long = [2_049, 2_048].map((length) => 'https://boats.example/'.padEnd(length, 'a'));
    const feed = parseFeed(rss(long.map((link) => `<item><link>${link}</link></item>`).join('')), url);
    assert.deepEqual(links(feed), long.slice(1));
  });

  test('keeps its items when their dates are broken', () => {
    for (const date of ['yesterday', '2024-13-45', '0000-00-00T00:00:00Z', 'Tue, 31 Feb 2024 00:00:00 GMT', '']) {
      const [item] = parseFeed(rss(`<item><link>/1</link><pubDate>${date}</pubDate></item>`), url).items;
      assert.deepEqual([item?.link, item?.publishedAt], ['https://boats.example/1', undefined], date);
    }
  });

  test('may use the zones that RFC 822 names', () => {
    const [item] = parseFeed(
      rss('<item><link>/1</link><pubDate>Tue, 05 Mar 2024 10:20:30 EST</pubDate></item>'),
      url,
    ).items;
    assert.equal(item?.publishedAt, '2024-03-05T15:20:30.000Z');
  });

  test('with unescaped ampersands and entities of HTML is read', () => {
    const [item] = parseFeed(rss('<item><title>Caf&eacute; & sea</title><link>/?a=1&b=2</link></item>'), url).items;
    assert.deepEqual([item?.title, item?.link], ['Café & sea', 'https://boats.example/?a=1&b=2']);
  });
});

suite('An Atom feed', () => {
  test('resolves its links by every xml:base', () => {
    const entry = (base: string): string =>
      `<entry ${base}><id>1</id><title>One</title><link rel="replies" href="/c"/><link href="one.html"/></entry>`;
    assert.deepEqual(
      links(parseFeed(atom(entry('') + entry('xml:base="deep/"'), 'xml:base="https://other.example/blog/"'), url)),
      ['https://other.example/blog/one.html', 'https://other.example/blog/deep/one.html'],
    );
    assert.deepEqual(links(parseFeed(atom(entry('')), url)), ['https://boats.example/one.html']);
  });

  test('has text, HTML and XHTML for titles and contents', () => {
    const entries = `
      <entry><link href="/1"/><title>a &lt;b&gt; c</title><summary>Short</summary><updated>2024-01-02T03:04:05Z</updated><author><name>Ada</name></author></entry>
      <entry><link href="/2"/><title type="html">&lt;b&gt;Two&lt;/b&gt;</title><content type="html">&lt;p&gt;Text&lt;/p&gt;</content></entry>
      <entry><link href="/3"/><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Th<i>ree</i></div></title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long <b>text</b></p></div></content></entry>`;
    const [one, two, three] = parseFeed(atom(entries), url).items;
    assert.deepEqual([one?.title, one?.contentHtml, one?.author], ['a <b> c', 'Short', 'Ada']);
    assert.deepEqual([one?.publishedAt, one?.updatedAt], [undefined, '2024-01-02T03:04:05.000Z']);
    assert.deepEqual([two?.title, two?.contentHtml], ['Two', '<p>Text</p>']);
    assert.equal(three?.title, 'Three');
    assert.match(three?.contentHtml ?? '', /<p>Long <b>text<\/b><\/p>/);
  });

  test('names an older archive', () => {
    const feed = parseFeed(atom('<link rel="prev-archive" href="/2023"/><link rel="alternate" href="/"/>'), url);
    assert.deepEqual([feed.next, feed.link], ['https://boats.example/2023', 'https://boats.example/']);
  });
});

test('A JSON feed is read', () => {
  const feed = parseFeed(
    JSON.stringify({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'Harbour',
      home_page_url: 'https://boats.example/',
      next_url: '/feed.json?2',
      authors: [{ name: 'Ada' }],
      items: [{ id: '1', url: '/1', content_text: 'a < b', date_published: '2024-01-02T03:04:05+01:00', tags: ['x'] }],
    }),
    url,
  );
  assert.equal(feed.next, 'https://boats.example/feed.json?2');
  const [item] = feed.items;
  assert.deepEqual(
    [item?.link, item?.author, item?.publishedAt, item?.contentHtml, item?.categories],
    ['https://boats.example/1', 'Ada', '2024-01-02T02:04:05.000Z', 'a &lt; b', ['x']],
  );
});

suite('What is no feed', () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`;
  test('is refused for the entities it defines', () => {
    const comment = '<!-- <rss> <?xml -->\n';
    for (const head of [
      bomb,
      comment + bomb,
      '<!doctype r [ <!-- x --> <!entity % x SYSTEM "file:///etc/passwd"> ]>',
    ]) {
      assert.throws(() => parseFeed(rss('', { head }), url), rejectedAs('unsafe_xml'), head);
    }
  });

  test('but may speak of entities in its text', () => {
    assert.equal(definesEntities(rss(`<item><title><![CDATA[${bomb}]]></title></item>`)), false);
  });

  const broken: Readonly<Record<string, string>> = {
    nothing: '',
    'a page': '<!doctype html><html><body><p>Hello</p></body></html>',
    'cut off': rss('<item><title>One</title><link>/1</link></item>').slice(0, -40),
    'other JSON': '{"items": 3}',
    'broken JSON': '{"version": "https://jsonfeed.org/version/1.1", "items": [',
    'nested deeper than any feed': rss(`<item>${'<a>'.repeat(100_000)}</item>`),
    'more than sixteen million characters': rss(' '.repeat(16 * 1024 * 1024)),
  };
  for (const [name, text] of Object.entries(broken)) {
    test(`is malformed: ${name}`, () => assert.throws(() => parseFeed(text, url), rejectedAs('malformed_feed')));
  }

  test('is never anything but refused', () => {
    const piece = fc.constantFrom(
      ...[
        '<rss>',
        '</rss>',
        '<channel>',
        '<item>',
        '</item>',
        '<link>',
        'https://x.example/',
        '<![CDATA[',
        ']]>',
        '&amp;',
      ],
      ...[
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        '<entry>',
        '<link href="a"/>',
        '<!--',
        '-->',
        '<?',
        '<title type="xhtml">',
        '\0',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        try {
          for (const { link } of parseFeed(`<rss>${pieces.join('')}`, url).items) assert.ok(URL.canParse(link));
        } catch (error) {
          assert.ok(error instanceof RejectedInput, String(error));
        }
      }),
    );
  });
});

test('A feed of more items than are read ends early', () => {
  const items = Array.from({ length: 10_100 }, (_, index) => `<item><link>/${index}</link></item>`).join('');
  assert.equal(parseFeed(rss(items), url).items.length, 10_000);
});

test('Texts of hostile shapes are read in linear time', () => {
  const shapes = ['<description>', '<![CDATA[', '<', '&', '<!--', '</item>', '<a b="', '<?x ', '&#x', '<title><b>'];
  const started = performance.now();
  for (const shape of shapes) {
    assert.ok(parseOrRefuse(rss(`<item>${shape.repeat(200_000)}`)));
    assert.ok(parseOrRefuse(rss(`<item><title>${shape.repeat(200_000)}</title></item>`)));
  }
  assert.ok(performance.now() - started < 10_000);
});

function parseOrRefuse(text: string): boolean {
  try {
    parseFeed(text, url);
  } catch (error) {
    return error instanceof RejectedInput;
  }
  return true;
}
