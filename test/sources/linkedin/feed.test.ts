import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFeed } from '../../../runtime/sources/linkedin/feed.ts';

const url = 'https://www.linkedin.com/in/ada/recent-activity/all/';

function view(html: string) {
  return readFeed(`<main>${html}</main>`, url, 'ada');
}

function ownTexts(html: string): readonly string[] {
  return view(html).own.map(({ text }) => text);
}

describe('an entry of an activity page', () => {
  test('is the member’s own when the last person linked above its text is', () => {
    const entry = (links: string) =>
      `<div data-urn="urn:li:activity:7">${links}<div class="update-components-text">Text</div></div>`;
    assert.deepEqual(ownTexts(entry('<a href="/in/Ada/?x=1">Ada</a>')), ['Text']);
    assert.deepEqual(ownTexts(entry('<a href="/in/ada">Ada</a> likes <a href="/in/charles">Charles</a>')), []);
    assert.deepEqual(ownTexts(entry('<a href="/in/ada">Ada</a> likes <a href="/company/looms/posts">Looms</a>')), []);
    assert.deepEqual(ownTexts(entry('<a href="/in/ACoAAB1234567890abcdefghijk">Ada</a>')), ['Text']);
    assert.deepEqual(ownTexts(entry('')), ['Text']);
    assert.deepEqual(ownTexts(entry('<div class="update-components-header">Ada likes this</div>')), []);
  });

  test('has no text of its own where there is only a comment, or a post that is passed on', () => {
    const text = '<div class="update-components-text">Text</div>';
    assert.deepEqual(ownTexts(`<div data-id="urn:li:activity:7"><div class="comments-list">${text}</div></div>`), []);
    assert.deepEqual(
      ownTexts(`<div data-id="urn:li:activity:7"><div class="feed-shared-mini-update">${text}</div></div>`),
      [],
    );
  });

  test('has the line breaks that a reader sees, and none of the page’s source', () => {
    const entry = (text: string) =>
      `<div data-urn="urn:li:activity:7"><div class="update-components-text">${text}</div></div>`;
    assert.deepEqual(ownTexts(entry('\n   One\n  line<br>and another<span><br></span><span><br></span>last \n')), [
      'One line\nand another\n\nlast',
    ]);
    assert.deepEqual(ownTexts(entry('One line\nand another')), ['One line\nand another']);
    assert.deepEqual(ownTexts(entry('<p>One</p><p>Two</p>')), ['One\nTwo']);
    assert.deepEqual(ownTexts(entry('<span class="visually-hidden">hashtag</span>#engines<button>…more</button>')), [
      '#engines',
    ]);
  });

  test('that does not say which post it is, is counted', () => {
    const entry =
      '<div role="listitem" componentkey="expandedAbC"><span data-testid="expandable-text-box">Text</span></div>';
    const { own, unnamed, withText, keys } = view(entry);
    assert.deepEqual([own.length, unnamed, withText, keys], [0, 1, 1, ['expandedAbC']]);
  });

  test('is known by the link above its text, and by another one only if there is no third', () => {
    const text = '<span data-testid="expandable-text-box">Text</span>';
    const link = (id: number) => `<a href="/feed/update/urn:li:activity:${id}/">1w</a>`;
    const urns = (inner: string) =>
      view(`<div role="listitem" componentkey="expandedAbC">${inner}</div>`).own.map(({ urn }) => urn);
    assert.deepEqual(urns(link(1) + text + link(2)), ['urn:li:activity:1']);
    assert.deepEqual(urns(text + link(2) + link(2)), ['urn:li:activity:2']);
    assert.deepEqual(urns(text + link(2) + link(3)), []);
  });

  test('is dated by its page if that says more than its id', () => {
    const time = '<time datetime="2024-05-01T01:02:03Z">1w</time>';
    const [post] = view(
      `<div data-urn="urn:li:activity:7304412404039811149">${time}<div class="feed-shared-text">Text</div></div>`,
    ).own;
    assert.equal(post?.publishedAt, '2024-05-01T01:02:03.000Z');
  });
});

test('an activity page without entries is empty only if it says so', () => {
  assert.equal(view('<p>Nothing to see for now</p>').saysEmpty, true);
  assert.equal(view('<section class="artdeco-empty-state">…</section>').saysEmpty, true);
  assert.equal(view('<div class="x7">Engines weave</div>').saysEmpty, false);
});
