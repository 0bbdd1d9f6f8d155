import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryCrawl } from '../crawl-context.ts';
import type { GitRepository } from './git-repository.ts';
import { Site } from './site.ts';

const files = 200;

function many(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: files }, (_, index) => [
      `src/part${index % 10}/file${index}.ts`,
      Array.from({ length: 40 }, (_line, line) => `export const value${index}x${line} = ${index * line};\n`).join(''),
    ]),
  );
}

/** Of a repository of the test's, at the place where GitHub would have it. */
async function opened(): Promise<{ site: Site; repository: GitRepository; link: string }> {
  const site = await Site.open();
  return { site, repository: site.repository('ada/tool'), link: `${site.origin}/ada/tool` };
}

async function sentBy(site: Site, action: () => Promise<unknown>): Promise<number> {
  const before = site.git.sent();
  await action();
  return site.git.sent() - before;
}

test('a changed file costs the trees and that file', async () => {
  const { site, repository, link } = await opened();
  await using _ = site;
  repository.commit({ ...many(), 'README.md': '# Tool\n' });
  const crawl = new MemoryCrawl();
  const whole = await sentBy(site, () => crawl.crawl(site.source, link));
  repository.git('mv', 'src/part1/file1.ts', 'src/part2/moved.ts');
  repository.git('rm', '--quiet', 'src/part3/file3.ts');
  repository.commit({ 'src/part0/file0.ts': 'export const changed = 1;\n' });
  const changed = await sentBy(site, async () => {
    const report = await crawl.crawl(site.source, link);
    assert.deepEqual(
      report.drafts.map(({ title }) => title),
      ['src/part0/file0.ts', 'src/part2/moved.ts'],
    );
    assert.deepEqual(
      report.of('deleted').map(({ naturalKey }) => naturalKey),
      ['ada/tool/src/part1/file1.ts', 'ada/tool/src/part3/file3.ts'],
    );
    assert.equal(report.unchanged, files + 1 - 3);
  });
  assert.ok(changed * 3 < whole, `${changed} of ${whole} bytes`);
  assert.deepEqual(readdirSync(site.scratch), []);
});

test('where the old commit is gone, or attributes have changed, the whole is read', async () => {
  const { site, repository, link } = await opened();
  await using _ = site;
  repository.commit({ 'a.ts': 'a\n', 'b.ts': 'b\n', 'gen.ts': 'g\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(site.source, link);

  repository.git('checkout', '--quiet', '--orphan', 'other');
  repository.commit({ 'b.ts': 'b2\n' });
  repository.git('branch', '-D', 'main');
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('gc', '--quiet', '--prune=now');
  const forced = await crawl.crawl(site.source, link);
  assert.deepEqual(
    forced.drafts.map(({ title }) => title),
    ['b.ts'],
  );

  repository.commit({ '.gitattributes': 'gen.ts linguist-generated\n' });
  assert.deepEqual((await crawl.crawl(site.source, link)).of('deleted').length, 1);
  repository.commit({ '.gitattributes': '*.ts text\n' });
  assert.deepEqual(
    (await crawl.crawl(site.source, link)).drafts.map(({ title }) => title),
    ['gen.ts'],
  );
});

test('what became no document is not read again, until it is another file or no longer the README', async () => {
  const { site, repository, link } = await opened();
  await using _ = site;
  const big = randomBytes(1024 * 1024).toString('hex');
  const excluded = { 'data.thing': Buffer.from([0x61, 0, 0x62]), 'empty.txt': '', 'big.txt': big };
  repository.commit({ ...excluded, 'README.md': '# Tool\n', 'a.py': 'a = 1\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(site.source, link);

  repository.git('mv', 'data.thing', 'moved.thing');
  repository.commit({ '.github/README.md': '# Shown\n' });
  const sent = await sentBy(site, async () => {
    const report = await crawl.crawl(site.source, link);
    assert.deepEqual(
      report.drafts.map(({ kind, title }) => [kind, title]),
      [
        ['code', 'README.md'],
        ['article', 'ada/tool'],
      ],
    );
    assert.deepEqual(report.skipped, {
      excluded_before: [`${link}/blob/HEAD/big.txt`, `${link}/blob/HEAD/empty.txt`],
      binary: [`${link}/blob/HEAD/moved.thing`],
    });
    assert.equal(report.unchanged, 1);
  });
  assert.ok(sent < 100_000, `${sent} bytes`);
});

const paths = [
  'a.py',
  'A.py',
  'b.py',
  'README.md',
  'readme.txt',
  '.github/README.md',
  'docs/README.md',
  'vendor/x.c',
  'deep/er/c.py',
  'deep/d.js',
  'own.generated',
];
const large = 'x'.repeat(1024 * 1024 + 1);
const contents: readonly (string | Uint8Array)[] = [
  'one = 1\n',
  'two = 2\n',
  '# Title\n\n[a](a.py)\n',
  '',
  '// @generated\nx\n',
  `${'y=1;'.repeat(100)}\n`,
  Buffer.from([0x61, 0, 0x62]),
  large,
];
const attributes = [
  '',
  'vendor/** -linguist-vendored\n',
  'b.py linguist-generated\n',
  '*.generated linguist-generated\n',
];

type Step = readonly (
  | { readonly write: string; readonly content: number; readonly mode: string }
  | { readonly remove: string }
  | { readonly move: string; readonly to: string }
  | { readonly attributes: number }
)[];

const path = fc.constantFrom(...paths);
const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      write: path,
      content: fc.nat(contents.length - 1),
      mode: fc.constantFrom('100644', '100644', '100755', '120000'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ remove: path }) },
  { weight: 3, arbitrary: fc.record({ move: path, to: path }) },
  { weight: 1, arbitrary: fc.record({ attributes: fc.nat(attributes.length - 1) }) },
);
const history: fc.Arbitrary<Step[]> = fc.array(fc.array(change, { minLength: 1, maxLength: 5 }), {
  minLength: 2,
  maxLength: 4,
});

/** Straight to the index, where names may differ in case only. */
function apply(repository: GitRepository, step: Step): void {
  const remove = (name: string): void => {
    repository.gitWithInput(`0 ${'0'.repeat(40)}\t${name}\0`, 'update-index', '-z', '--index-info');
  };
  for (const part of step) {
    if ('write' in part) repository.addToIndex(part.mode, part.write, contents[part.content] ?? '');
    else if ('attributes' in part) repository.addToIndex('100644', '.gitattributes', attributes[part.attributes] ?? '');
    else if ('remove' in part) remove(part.remove);
    else {
      const [mode, object] = repository.git('ls-files', '--stage', '--', part.move).split(/\s/);
      if (mode === undefined || object === undefined || mode === '') continue;
      remove(part.move);
      repository.addObjectToIndex(mode, part.to, object);
    }
  }
  repository.commitIndex();
}

/** What is stored, but for the commit that a text was first seen in. */
function storedIn(crawl: MemoryCrawl): unknown[] {
  return [...crawl.documents.values()]
    .map(({ naturalKey, kind, title, link, content, payload }) => ({
      naturalKey,
      kind,
      title,
      link,
      content: { ...content, commit: '' },
      bytes: Buffer.from(payload.bytes).toString('base64').slice(0, 100),
    }))
    .sort((a, b) => (a.naturalKey < b.naturalKey ? -1 : 1));
}

test('taken in change by change, a repository is what it is taken in at once', async () => {
  await using site = await Site.open();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      count += 1;
      const repository = site.repository(`ada/random${count}`);
      const link = `${site.origin}/ada/random${count}`;
      const changes = new MemoryCrawl();
      const clones = new MemoryCrawl();
      for (const step of [[{ write: 'always.py', content: 0, mode: '100644' }], ...steps]) {
        apply(repository, step);
        const byChanges = await changes.crawl(site.source, link);
        // Without the commit that it knows, a crawl clones.
        const state = clones.states.get(`ada/random${count}`);
        const { headCommit: _, ...validators } = state?.validators ?? {};
        if (state !== undefined) clones.states.set(state.key, { ...state, validators });
        const byClone = await clones.crawl(site.source, link);
        assert.deepEqual(storedIn(changes), storedIn(clones));
        const [seen, expected] = [byChanges, byClone].map((report) => ({
          drafts: report.drafts.map(({ naturalKey }) => naturalKey),
          deleted: report.of('deleted').map(({ naturalKey }) => naturalKey),
          rejected: report.of('rejected'),
          skipped: Object.values(report.skipped).flat().sort(),
        }));
        if (byChanges.of('repository').length > 0) assert.deepEqual(seen, expected);
        const whole = new MemoryCrawl();
        await whole.crawl(site.source, link);
        assert.deepEqual(storedIn(changes), storedIn(whole));
      }
    }),
    { numRuns: 3 },
  );
});
