import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { shapeOf } from '../../../runtime/sources/article/article-links.ts';
import { readListingPage } from '../../../runtime/sources/article/listing-page.ts';

const site = 'https://blog.example/';
const anchor = (path: string, label = 'A text'): string => `<a href="${path}">${label}</a>`;
const read = (body: string) => readListingPage(`<!doctype html><html><body>${body}</body></html>`, site);

/** Far above what it takes on a busy machine, far below what it took. */
function within(milliseconds: number, work: () => void): void {
  const start = performance.now();
  work();
  const taken = performance.now() - start;
  assert.ok(taken < milliseconds, `it took ${Math.round(taken)} ms`);
}

suite('A page of links', () => {
  test('names texts of its main part, but for its margins, and the page with older ones', () => {
    const inMain = `<nav>${anchor('/in-a-list')}</nav>${anchor('/one-text')}<div class="sidebar">${anchor('/beside-it')}</div>`;
    const { articles, next } = read(
      `<main>${inMain}</main>${anchor('/not-in-main')}<nav><a href="/page/2"> <svg><path d="M0 0"/></svg>\n Older posts » </a></nav>`,
    );
    assert.deepEqual(articles, [`${site}one-text`]);
    assert.equal(next, `${site}page/2`);
  });

  test('takes a long label for no way to older ones, in no time', () => {
    within(500, () => assert.equal(read(anchor('/page/2', `${'»'.repeat(40_000)}x`)).next, undefined));
    const labels = anchor('/page/2', `${'»'.repeat(900)}x`).repeat(2_000);
    within(1_000, () => assert.equal(read(labels).next, undefined));
  });

  test('is read once, however long the attributes are that its links stand in', () => {
    const body = `<div class="${'a '.repeat(500_000)}">${anchor('/one-text').repeat(3_000)}</div>`;
    within(2_000, () => assert.deepEqual(read(body).articles, [`${site}one-text`]));
  });

  test('has no links of more than 2,048 characters', () => {
    const { articles, next, feeds } = read(
      `<link rel="alternate" type="application/rss+xml" href="/${'f'.repeat(3_000)}"><link rel="next" href="/page/${'2'.repeat(3_000)}">
      ${anchor(`/long-${'t'.repeat(3_000)}`)}${anchor(`/page/${'3'.repeat(3_000)}`, 'Next')}${anchor('/short-text')}`,
    );
    assert.deepEqual({ articles, next, feeds }, { articles: [`${site}short-text`], next: undefined, feeds: [] });
  });

  test('of many megabytes is read as far as four', () => {
    const body = `${anchor('/first-text')}<!--${'-x'.repeat(2_500_000)}-->${anchor('/second-text')}`;
    assert.deepEqual(read(body).articles, [`${site}first-text`]);
  });
});

test('A link is compared with the texts of its own form only, however many forms a feed has', () => {
  const isArticle = shapeOf(Array.from({ length: 8_000 }, (_, at) => new URL(`${site}texts/a-${at}?p${at}=1`)));
  const links = Array.from({ length: 8_000 }, (_, at) => new URL(`${site}texts/b-${at}?p${at}=1`));
  within(2_000, () => assert.ok(links.every((link) => isArticle?.(link) === true)));
  assert.equal(isArticle?.(new URL(`${site}other/b-1?p1=1`)), false);
  assert.equal(isArticle?.(new URL(`${site}texts/b-1?q=1`)), false);
});
