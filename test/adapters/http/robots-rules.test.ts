import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { productTokenOf, robotsRules } from '../../../runtime/adapters/http/robots-rules.ts';

const origin = 'https://blog.example';

function allows(text: string, path: string): boolean {
  return robotsRules(origin, text, 'Twinstream').allows(new URL(path, origin));
}

test('a group of our own counts instead of the one for everyone, however its name is written', () => {
  for (const name of ['Twinstream', 'twinstream', 'TWINSTREAM/2.0', ' Twinstream  # us']) {
    const text = `User-agent: *\nDisallow: /\n\nUser-agent: ${name}\nDisallow: /private`;
    assert.equal(allows(text, '/post'), true, name);
    assert.equal(allows(text, '/private/x'), false, name);
  }
  assert.equal(allows('User-agent: *\nDisallow: /', '/robots.txt'), true);
  assert.equal(allows('User-agent: TwinstreamImages\nDisallow: /', '/post'), true);
  assert.equal(allows('User-agent: Other\nDisallow: /\nUser-agent: *\nDisallow: /private', '/post'), true);
});

test('groups for several names hold for each, and groups for one name add up', () => {
  assert.equal(allows('User-agent: a\nUser-agent: Twinstream\nUser-agent: b\nDisallow: /private', '/private'), false);
  const twice =
    'User-agent: Twinstream\nDisallow: /a\nUser-agent: b\nDisallow: /\nUser-agent: twinstream\nDisallow: /c';
  assert.deepEqual([allows(twice, '/a'), allows(twice, '/b'), allows(twice, '/c')], [false, true, false]);
});

test('the longest rule counts, with * and $, and an allowance before a ban of the same length', () => {
  const text =
    'User-agent: *\nDisallow: /*/edit$\nDisallow: /m/\nAllow: /m/public\nDisallow: /**.gif\nAllow: /x\nDisallow: /x';
  const expected = {
    '/a/edit': false,
    '/a/edit/more': true,
    '/m/x': false,
    '/m/public/x': true,
    '/a.gif': false,
    '/x': true,
  };
  for (const [path, allowed] of Object.entries(expected)) assert.equal(allows(text, path), allowed, path);
});

test('an interval is taken from our own group, within a minute', () => {
  const delayOf = (text: string) => robotsRules(origin, text, 'Twinstream').delayMs;
  assert.equal(delayOf('User-agent: *\nCrawl-delay: 2.5'), 2_500);
  assert.equal(delayOf('User-agent: *\nCrawl-delay: 9\nUser-agent: Twinstream\nCrawl-delay: 1'), 1_000);
  assert.equal(delayOf('User-agent: Other\nCrawl-delay: 9'), 0);
  for (const [value, ms] of [
    ['3600', 60_000],
    ['Infinity', 60_000],
    ['-5', 0],
    ['soon', 0],
    ['', 0],
  ] as const) {
    assert.equal(delayOf(`User-agent: *\nCrawl-delay: ${value}`), ms, value);
  }
});

test('our name is the first word of the user agent', () => {
  assert.equal(productTokenOf('Twinstream/0.1 (+ada@ada.example)'), 'Twinstream');
  assert.equal(productTokenOf('my-bot'), 'my-bot');
  assert.equal(productTokenOf('(nameless)'), '*');
});

test('thousands of names with thousands of rules cost no more than their length', () => {
  const names = Array.from({ length: 15_000 }, () => 'User-agent: *\n').join('');
  const rules = Array.from({ length: 15_000 }, (_, index) => `Disallow: /${index}\n`).join('');
  assert.equal(allows(names + rules, '/14999'), false);
});

test('rules made to keep us busy allow nothing', () => {
  const rule = `Allow: /${'*a'.repeat(200)}b\n`;
  const path = `/${'a'.repeat(4_000)}`;
  assert.equal(allows(`User-agent: *\n${rule.repeat(1_200)}`, path), false);
  assert.equal(allows(`User-agent: *\n${rule.repeat(10)}`, path), true);
  assert.equal(allows(`User-agent: *\n${rule.repeat(1_200)}`, '/post'), true);
});

test('any text is rules of some kind', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'User-agent: *',
      'user-agent:twinstream',
      'Disallow:',
      'Allow: *',
      'Crawl-delay: 1e9',
      ':',
      '#',
      '\0',
    ),
    fc.tuple(fc.constantFrom('Disallow: ', 'Allow: /', 'User-agent: '), fc.string()).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(line), fc.webPath(), (lines, path) => {
      const rules = robotsRules(origin, lines.join('\n'), 'Twinstream');
      assert.equal(typeof rules.allows(new URL(`${origin}${path}`)), 'boolean');
      assert.ok(rules.delayMs >= 0 && rules.delayMs <= 60_000);
    }),
  );
});
