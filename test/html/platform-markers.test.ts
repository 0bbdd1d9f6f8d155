import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { platformOf } from '../../runtime/html/platform-markers.ts';
import { blogPage } from './pages.ts';

const url = 'https://blog.example/post';
const page = (head: string): string => blogPage({ head });

suite('A page of Medium is known by', () => {
  const heads = {
    'its Android package': '<meta property="al:android:package" content="com.medium.reader">',
    'its link into the app': '<meta property="al:android:url" content="medium://p/0123456789ab">',
    'its link into the app with one slash': '<meta property="al:ios:url" content="medium:/p/0123456789ab">',
    'its link into the one app beside that of a publisher into another':
      '<meta property="al:android:url" content="harbour://p/1"><meta property="al:ios:url" content="medium://p/0123456789ab">',
    'its post id beside its name':
      '<meta name="parsely-post-id" content="0123456789ab"><meta property="og:site_name" content="Medium">',
  };
  for (const [name, head] of Object.entries(heads))
    test(name, () => assert.equal(platformOf(page(head), url), 'medium'));
});

suite('A page of Substack is known by', () => {
  const heads = {
    'the bundle that builds it':
      '<script type="module" src="https://substackcdn.com/bundle/static/js/main.js"></script>',
    'what it preloads':
      '<script>window._preloads        = JSON.parse("{\\"domainInfo\\":{\\"isSubstack\\":true}}")</script>',
  };
  for (const [name, head] of Object.entries(heads)) {
    test(name, () => assert.equal(platformOf(page(head), url), 'substack'));
  }
});

suite('A page is of neither', () => {
  const bodies = {
    'for linking to them and showing what they keep':
      '<p>See <a href="https://me.medium.com/x">Medium</a> and <img src="https://substackcdn.com/image/fetch/a.png"></p>',
    'for embedding a sign-up form':
      '<iframe src="https://me.substack.com/embed"></iframe><script src="https://substack.com/embedjs/embed.js"></script>',
    'for writing about their marks':
      '<pre>&lt;meta property="al:android:package" content="com.medium.reader"> window._preloads = "substack"</pre>',
    'for a post id of Parse.ly': '<meta name="parsely-post-id" content="0123456789ab">',
    'for data about it': '<script type="application/json">{"x": "window._preloads = substack"}</script>',
  };
  for (const [name, article] of Object.entries(bodies)) {
    test(name, () => assert.equal(platformOf(blogPage({ article }), url), undefined));
  }

  test('when it is a copy in an archive', () => {
    const html = page('<meta property="al:android:package" content="com.medium.reader">');
    assert.equal(platformOf(html, 'https://web.archive.org/web/2024/https://medium.com/x'), undefined);
  });
});
