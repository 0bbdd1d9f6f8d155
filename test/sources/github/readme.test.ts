import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { githubSite, hubIdentity } from '../../../runtime/sources/github/identity.ts';
import { withResolvedLinks } from '../../../runtime/sources/github/readme-links.ts';
import { GithubSource } from '../../../runtime/sources/github/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { unreachable } from './fetchers.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';
import { json, loopback, Site } from './site.ts';

const folder = temporaryFolder();
const scratch = join(folder, 'scratch');
mkdirSync(scratch);
after(() => rmSync(folder, { recursive: true, force: true }));
const source = new GithubSource({ resolver: loopback, fetcher: unreachable, temporaryFolder: scratch });
const place = hubIdentity('Ada/Engine', githubSite);
const base = 'https://github.com/Ada/Engine';

test('links of a README lead to the repository, and images to their bytes', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['[guide](docs/guide.md#start)', `[guide](${base}/blob/HEAD/docs/guide.md#start)`],
    ['[guide](./docs/../guide.md "Title")', `[guide](${base}/blob/HEAD/guide.md "Title")`],
    ['[top](/LICENSE) and [out](../../../x)', `[top](${base}/blob/HEAD/LICENSE) and [out](${base}/blob/HEAD/x)`],
    ['![logo](img/a.png)', `![logo](${base}/raw/HEAD/img/a.png)`],
    ['[![ci](badge.svg)](ci.md)', `[![ci](${base}/raw/HEAD/badge.svg)](${base}/blob/HEAD/ci.md)`],
    ['[part](#usage)', `[part](${base}#usage)`],
    ['[spaces](<a b.md>)', `[spaces](${base}/blob/HEAD/a%20b.md)`],
    ['[ref]: docs/x.md "T"', `[ref]: ${base}/blob/HEAD/docs/x.md "T"`],
    ['[`code`](src/a.ts)', `[\`code\`](${base}/blob/HEAD/src/a.ts)`],
    ['<img src="a.png"> <a href=\'b.md\'>', `<img src="${base}/raw/HEAD/a.png"> <a href='${base}/blob/HEAD/b.md'>`],
    ['[web](https://example.org/a) [mail](mailto:a@b.c)', '[web](https://example.org/a) [mail](mailto:a@b.c)'],
    ['[other](//example.org/a)', '[other](//example.org/a)'],
    ['`[code](a.md)` stays', '`[code](a.md)` stays'],
    ['```md\n[code](a.md)\n```\n[text](a.md)', `\`\`\`md\n[code](a.md)\n\`\`\`\n[text](${base}/blob/HEAD/a.md)`],
  ];
  for (const [written, expected] of cases) assert.equal(withResolvedLinks(written, 'README.md', place), expected);
  assert.equal(
    withResolvedLinks('[a](../a.md)', 'docs/README.md', place),
    `[a](${base}/blob/HEAD/a.md)`,
    'from where the README lies',
  );
});

test('any text is read in time, and one without links stays as it is', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('[', ']', '(', ')', '!', '`', '<', '>', '\n', ' ', 'a', '#') }),
      (text) => {
        assert.ok(withResolvedLinks(text, 'README.md', place).length >= 0);
      },
    ),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const plain = text.replaceAll(/[[\]=]/g, '');
      assert.equal(withResolvedLinks(plain, 'README.md', place), plain);
    }),
  );
  for (const part of ['[', '](', '![a](', '`', '[`', '<a href="', " src='", '[a]: ', '```\n', ')]('])
    for (const size of [1024 * 1024]) {
      const start = performance.now();
      withResolvedLinks(part.repeat(size / part.length), 'README.md', place);
      assert.ok(performance.now() - start < 5_000, `${part} took ${performance.now() - start} ms`);
    }
});

test('a README is the document about its repository, and no code', async () => {
  const repository = GitRepository.create(folder, 'My tool');
  repository.commit({
    'README.md': '# The tool\r\n\r\nSee [a](a.py).\r\n',
    'README.de.md': '# Das Werkzeug\n',
    'a.py': 'a\n',
  });
  const crawl = new MemoryCrawl();
  const report = await crawl.crawl(source, repository.link);
  assert.deepEqual(
    report.drafts.map(({ kind, naturalKey, title }) => [kind, naturalKey.replace(repository.link, ''), title]),
    [
      ['code', '#/README.de.md', 'README.de.md'],
      ['code', '#/a.py', 'a.py'],
      ['article', '#', 'My tool'],
    ],
  );
  const [article] = report.drafts.slice(-1);
  assert.deepEqual(article?.content, { markdown: `# The tool\n\nSee [a](${repository.link}/a.py).` });
  assert.equal(article?.payload.mediaType, 'text/markdown');
  assert.equal(Buffer.from(article?.payload.bytes ?? []).toString(), '# The tool\r\n\r\nSee [a](a.py).\r\n');

  repository.commit({ 'a.py': 'b\n' });
  const second = await crawl.crawl(source, repository.link);
  assert.deepEqual(
    second.drafts.map(({ title }) => title),
    ['a.py'],
  );
  assert.equal(second.unchanged, 2);

  repository.git('rm', '--quiet', 'README.md');
  repository.commitIndex();
  const third = await crawl.crawl(source, repository.link);
  assert.deepEqual(
    third.of('deleted').map(({ naturalKey }) => naturalKey),
    [`${repository.link}#`],
  );
  assert.deepEqual((await crawl.crawl(source, repository.link)).outcomes, [{ outcome: 'unchanged', documents: 2 }]);
});

test('the README is the one that GitHub shows; the others are files', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['README.md', '.github/README.md', 'docs/README.md'], '.github/README.md'],
    [['docs/readme.rst', 'README'], 'README'],
    [['README.rst', 'readme.md'], 'readme.md'],
    [['docs/README.adoc', 'src/README.md'], 'docs/README.adoc'],
  ];
  for (const [index, [names, expected]] of cases.entries()) {
    const repository = GitRepository.create(folder, `choice-${index}`);
    repository.commit(Object.fromEntries(names.map((name) => [name, `Text of ${name}\n`])));
    const { drafts } = await new MemoryCrawl().crawl(source, repository.link);
    assert.deepEqual(
      drafts.flatMap(({ kind, content }) => (kind === 'article' ? [content] : [])),
      [{ markdown: `Text of ${expected}` }],
    );
    assert.equal(drafts.length, names.length);
  }
});

test('a README that is no text gives no document by itself', async () => {
  const repository = GitRepository.create(folder, 'no-text');
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n';
  for (const [content, reason] of [
    [' \n', 'empty'],
    [Buffer.from([0x61, 0, 0x62]), 'binary'],
    [pointer, 'lfs_pointer'],
    ['x'.repeat(1024 * 1024 + 1), 'too_large'],
  ] as const) {
    repository.commit({ 'README.md': content });
    const report = await new MemoryCrawl().crawl(source, repository.link);
    assert.deepEqual(report.drafts, []);
    assert.deepEqual(Object.keys(report.skipped), [reason]);
  }
});

test('what the API said is kept while it cannot be reached, and asked for again on a new commit', async () => {
  await using site = await Site.open();
  const repository = site.repository('ada/tool');
  repository.commit({ 'README.rst': 'Tool\n====\n' });
  const link = `${site.origin}/ada/tool`;
  const crawl = new MemoryCrawl();
  // No API at all: the README alone makes the document.
  assert.deepEqual((await crawl.crawl(site.source, link)).drafts[0]?.content, { markdown: 'Tool\n====' });

  const described = {
    full_name: 'ada/tool',
    description: '# A\n tool',
    created_at: 'yesterday',
    homepage: 'javascript:x',
  };
  site.api.routes.set('/repos/ada/tool', ({ headers }) =>
    headers['if-none-match'] === '"1"' ? { status: 304 } : json(described, { etag: '"1"' }),
  );
  const [draft] = (await crawl.crawl(site.source, link)).drafts;
  assert.deepEqual(draft?.content, { markdown: '\\# A tool\n\nTool\n====' });
  assert.equal(draft?.publishedAt, undefined);
  site.forget();
  assert.deepEqual((await crawl.crawl(site.source, link)).outcomes, [{ outcome: 'unchanged', documents: 1 }]);
  assert.deepEqual(site.asked.api, [], 'a repository by itself is asked for no more than HEAD');

  repository.commit({ 'a.py': 'a = 1\n' });
  const third = await crawl.crawl(site.source, link);
  assert.deepEqual(
    third.drafts.map(({ kind }) => kind),
    ['code'],
    'the API answered that nothing has changed',
  );
  site.api.routes.set('/repos/ada/tool', { status: 503 });
  repository.commit({ 'README.rst': 'New\n===\n' });
  assert.deepEqual((await crawl.crawl(site.source, link)).drafts[0]?.content, { markdown: '\\# A tool\n\nNew\n===' });

  // A clone on this machine is the same repository, and says the same.
  const clone = GitRepository.create(folder, 'clone');
  clone.commit({ 'a.py': 'a = 1\n' });
  clone.git('remote', 'add', 'origin', 'https://github.com/ada/tool');
  const local = await crawl.crawl(source, clone.link);
  assert.deepEqual(
    local.drafts.flatMap(({ kind, content }) => (kind === 'article' ? [content] : [])),
    [{ markdown: '\\# A tool' }],
  );
});
