import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extractArticle } from '../../runtime/html/extract-article.ts';
import { notContent } from '../../runtime/html/page-gate.ts';
import { plainText } from '../../runtime/html/plain-text.ts';
import { blogPage, paragraph } from './pages.ts';

const url = 'https://site.example/x';
const reasonOf = (html: string): string | undefined =>
  notContent(html, plainText(extractArticle(html, url).markdown), url)?.reason;

suite('What is no content', () => {
  const pages: readonly (readonly [string, string])[] = [
    [
      'challenge_page',
      '<title>Just a moment...</title><h1>site.example</h1><p>Enable JavaScript and cookies to continue</p><script>window._cf_chl_opt={}</script>',
    ],
    ['challenge_page', '<title>site.example</title><p>Please verify you are a human before you go on to the page.</p>'],
    [
      'challenge_page',
      '<title>Access to this page has been denied</title><div id="px-captcha"></div><p>Press & hold to confirm</p>',
    ],
    [
      'login_page',
      '<title>Members</title><form><p>Welcome back to the club, members.</p><input name=u><input type="password"></form>',
    ],
    ['login_page', '<title>Sign in | Site</title><p>Welcome back to our pages, where everything is better.</p>'],
    [
      'javascript_required',
      '<title>App</title><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>',
    ],
    ['error_page', '<title>404 Not Found</title><h1>Oh no</h1><p>We looked everywhere, and the page is not there.</p>'],
    ['rate_limited', '<body><pre>Too many requests</pre></body>'],
    ['empty_page', '<title>A title</title><body><div></div></body>'],
    ['empty_page', ''],
  ];
  for (const [reason, html] of pages) {
    test(`${reason}: ${html.slice(0, 60)}`, () => assert.equal(reasonOf(html), reason));
  }
});

suite('What is content', () => {
  test('an article', () => assert.equal(reasonOf(blogPage()), undefined));
  test('a short note', () =>
    assert.equal(reasonOf('<title>Note</title><p>The boats come back on Tuesday, at noon.</p>'), undefined));
  test('an article about challenges, logins and JavaScript', () => {
    const about = '<p>“Verify you are a human”, it said; “enable JavaScript”. Please log in to continue.</p>';
    assert.equal(reasonOf(blogPage({ article: paragraph('One', 12) + about + paragraph('Two', 12) })), undefined);
  });

  // Letters and digits of the text: the bounds at which a page is no longer doubted.
  const text = (letters: number): string =>
    `<p>${'boats, '.repeat(Math.floor(letters / 5))}${'s'.repeat(letters % 5)}</p>`;
  const bounds: readonly (readonly [string, number, string])[] = [
    ['challenge_page', 1_500, '<title>Just a moment...</title>'],
    ['rate_limited', 1_500, '<title>Too many requests</title>'],
    ['login_page', 1_500, '<title>Sign in</title>'],
    ['login_page', 599, '<title>Members</title><input type="password">'],
    ['error_page', 599, '<title>404 Not Found</title>'],
    ['javascript_required', 99, '<title>App</title><noscript>Please enable JavaScript.</noscript>'],
    ['empty_page', 24, '<title>App</title>'],
  ];
  for (const [reason, most, head] of bounds) {
    test(`with more than ${most} letters, where less would be ${reason}: ${head}`, () => {
      const page = (letters: number): string => `${head}<main>${text(letters)}</main>`;
      assert.equal(notContent(page(most), text(most).replace(/<[^>]*>/g, ''), url)?.reason, reason);
      assert.notEqual(notContent(page(most + 1), text(most + 1).replace(/<[^>]*>/g, ''), url)?.reason, reason);
    });
  }
});
