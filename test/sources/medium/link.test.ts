import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { articleLink, customDomainLink, feedsFor, mediumLink } from '../../../runtime/sources/medium/link.ts';
import { embedTarget, imageLink, linkTarget } from '../../../runtime/sources/medium/paragraphs.ts';

const options = { host: 'medium.com' };
const id = 'c7cd15f4e06d';

function kindOf(link: string): string | undefined {
  const found = mediumLink(new URL(link), options);
  return found?.kind === 'catalogue' ? found.feed : found?.kind === 'article' ? found.id : found?.kind;
}

suite('A link of Medium', () => {
  test('to a person, a publication or a domain is known with its feed', () => {
    assert.equal(kindOf('https://medium.com/@ada'), 'https://medium.com/feed/@ada');
    assert.equal(kindOf('https://www.medium.com/@ada/'), 'https://www.medium.com/feed/@ada');
    assert.equal(kindOf('https://medium.com/@ada/about?source=user_profile'), 'https://medium.com/feed/@ada');
    assert.equal(kindOf('https://medium.com/feed/@ada'), 'https://medium.com/feed/@ada');
    assert.equal(kindOf('https://medium.com/boats'), 'https://medium.com/feed/boats');
    assert.equal(kindOf('https://ada.medium.com'), 'https://ada.medium.com/feed');
    assert.equal(kindOf('https://ada.medium.com/about'), 'https://ada.medium.com/feed');
    assert.equal(kindOf('https://ada.medium.com/@ada'), 'https://ada.medium.com/feed/@ada');
  });

  test('to a story is known with its id', () => {
    const paths = [`@ada/keeping-dry-${id}`, `boats/keeping-dry-${id}?source=rss-1--2`, `p/${id}`, `@ada/${id}?sk=abc`];
    for (const path of paths) assert.equal(kindOf(`https://medium.com/${path}`), id, path);
    assert.equal(kindOf(`https://ada.medium.com/keeping-dry-${id}?gi=1`), id);
    assert.equal(kindOf(`https://ada.medium.com/p/${id}`), id);
    assert.deepEqual(customDomainLink(new URL(`https://boats.example/keeping-dry-${id}`)), { kind: 'article', id });
  });

  test('to anything else is told apart from links of other sites', () => {
    const others = [
      '',
      'tag/boats',
      'm/signin',
      'about',
      'search?q=boats',
      `@ada/list/boats-${id}`,
      'me/stories',
      `u/${id}`,
    ];
    for (const path of others) assert.equal(kindOf(`https://medium.com/${path}`), 'other', path);
    for (const link of [
      'https://notmedium.com/@ada',
      'https://miro.medium.com/v2/1*x.png',
      'https://medium.com.evil.example/@a',
      'ftp://medium.com/@ada',
    ]) {
      assert.equal(kindOf(link), undefined, link);
    }
  });

  test('is remembered without what tells where a reader came from, but with the key of a friend', () => {
    const link = `https://medium.com/@ada/keeping-dry-${id}`;
    assert.equal(articleLink(`${link}?source=rss-1------2&gi=3#4a5b`, link), link);
    assert.equal(articleLink(`${link}?sk=0a1b&source=friends_link`, link), `${link}?sk=0a1b`);
    assert.equal(articleLink(`/@ada/keeping-dry-${id}`, link), link);
    assert.equal(articleLink('/@ada/about', link), undefined);
    assert.equal(articleLink(`/@ada/${'keeping-dry-'.repeat(200)}${id}`, link), undefined);
    assert.equal(articleLink(`javascript:x-${id}`, link), undefined);
  });

  test('leads to the feeds that may have its story', () => {
    const feeds = (link: string, root: string) => feedsFor(new URL(link), new URL(root), options);
    const [ada, boats] = ['https://medium.com/@ada', 'https://medium.com/boats'];
    assert.deepEqual(feeds(`${boats}/dry-${id}`, ada), [
      'https://medium.com/feed/boats',
      'https://medium.com/feed/@ada',
    ]);
    assert.deepEqual(feeds(`https://boats.example/dry-${id}`, `https://boats.example/dry-${id}`), [
      'https://boats.example/feed',
    ]);
    assert.deepEqual(feeds(`https://medium.com/p/${id}`, ada), ['https://medium.com/feed/@ada']);
  });

  test('is read without throwing, whatever it is', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.webPath(), (base, path) => {
        const url = new URL(`https://medium.com${path}`);
        mediumLink(url, options);
        feedsFor(url, new URL(base), options);
        articleLink(path, base);
        linkTarget(path, base);
        embedTarget(path, base);
        imageLink(path);
      }),
    );
  });
});

suite('What a story refers to', () => {
  test('is one link for an image in all sizes and places', () => {
    const canonical = 'https://miro.medium.com/v2/resize:fit:1400/1*abc_-9.png';
    for (const source of [
      'https://cdn-images-1.medium.com/max/800/1*abc_-9.png',
      'https://miro.medium.com/max/1400/1*abc_-9.png',
      'https://miro.medium.com/v2/resize:fit:640/format:webp/1*abc_-9.png',
      'https://d262ilb51hltx0.cloudfront.net/max/2000/1*abc_-9.png',
    ]) {
      assert.equal(imageLink(source), canonical);
    }
    assert.equal(imageLink('https://ada.example/1*abc.png'), 'https://ada.example/1*abc.png');
  });

  test('is the page itself, not the way there', () => {
    const base = `https://medium.com/@ada/x-${id}`;
    assert.equal(
      linkTarget('https://medium.com/r/?url=https%3A%2F%2Fada.example%2Fa%3Fb%3D1', base),
      'https://ada.example/a?b=1',
    );
    assert.equal(linkTarget('/@bea?source=post_page-----c7cd----', base), 'https://medium.com/@bea');
    assert.equal(linkTarget('https://ada.example/?source=friends', base), 'https://ada.example/?source=friends');
    assert.equal(embedTarget('https://gist.github.com/ada/0a1b.js', base), 'https://gist.github.com/ada/0a1b');
    assert.equal(embedTarget('/media/0123456789abcdef?postId=x', base), 'https://medium.com/media/0123456789abcdef');
    assert.equal(embedTarget('javascript:alert(1)', base), undefined);
  });
});
