import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { type ApiRepository, crawlAccount, crawlAs, failing, json, Site } from './site.ts';

function keysOf(crawl: MemoryCrawl): string[] {
  return [...crawl.documents.keys()].map((key) => key.replace('github ', '')).sort();
}

const engine: ApiRepository = {
  full_name: 'Ada/Engine',
  pushed_at: '2026-03-01T10:00:00Z',
  description: 'Computes *anything*',
  topics: ['analysis', 'mills'],
  homepage: 'https://engine.example.org',
  created_at: '2024-05-06T07:08:09Z',
};

test('an account expands into its repositories, and a second time into no request but those of the listing', async () => {
  await using site = await Site.open();
  site.repository('Ada/Engine').commit({ 'README.md': '# Engine\n\nIt computes.\n', 'a.py': 'a = 1\n' });
  site.repository('Ada/notes').commit({ 'b.py': 'b = 1\n' });
  site.describe('Ada', [engine, { full_name: 'Ada/notes', pushed_at: '2026-03-02T10:00:00Z' }]);
  const crawl = new MemoryCrawl();
  const root = `${site.origin}/Ada?tab=repositories`;
  const first = await crawlAccount(crawl, site.source, root);
  assert.equal(first.of('rejected').length, 0);
  assert.deepEqual(keysOf(crawl), ['ada/engine', 'ada/engine/a.py', 'ada/notes/b.py']);
  const article = crawl.documents.get('github ada/engine');
  assert.equal(article?.title, 'Ada/Engine');
  assert.equal(article?.publishedAt, '2024-05-06T07:08:09.000Z');
  assert.deepEqual(article?.content, {
    markdown: [
      'Computes \\*anything\\*',
      'Topics: analysis, mills',
      'Homepage: <https://engine.example.org/>',
      '# Engine\n\nIt computes.',
    ].join('\n\n'),
  });

  site.forget();
  const second = await crawlAccount(crawl, site.source, root);
  assert.equal(second.unchanged, 2);
  assert.deepEqual(site.asked, {
    git: 0,
    api: ['/users/Ada', '/users/Ada/repos?per_page=100&type=owner&sort=full_name&page=1'],
  });
});

test('a listing whose tags hold is asked for conditionally, and read again when one does not', async () => {
  await using site = await Site.open();
  site.repository('Ada/Engine').commit({ 'a.py': 'a = 1\n' });
  site.repository('Ada/notes').commit({ 'b.py': 'b = 1\n' });
  site.describe('Ada', [engine], { tagged: true });
  const crawl = new MemoryCrawl();
  const root = `${site.origin}/Ada`;
  await crawlAccount(crawl, site.source, root);
  site.forget();
  const second = await crawlAccount(crawl, site.source, root);
  assert.deepEqual(second.outcomes, [{ outcome: 'unchanged', documents: 1 }]);
  assert.equal(site.api.requests.length, 2);
  assert.ok(site.api.requests.every(({ headers }) => headers['if-none-match'] !== undefined));

  site.describe('Ada', [engine, { full_name: 'Ada/notes', pushed_at: '2026-03-02T10:00:00Z' }], { tagged: true });
  await crawlAccount(crawl, site.source, root);
  assert.deepEqual(keysOf(crawl), ['ada/engine', 'ada/engine/a.py', 'ada/notes/b.py']);
});

test('a push is looked at, and so is a new description, which costs no clone of the rest', async () => {
  await using site = await Site.open();
  const repository = site.repository('Ada/Engine');
  repository.commit({ 'README.md': '# Engine\n', 'a.py': 'a = 1\n' });
  site.describe('Ada', [engine]);
  const crawl = new MemoryCrawl();
  await crawlAccount(crawl, site.source, `${site.origin}/Ada`);

  site.describe('Ada', [{ ...engine, description: 'Weaves' }]);
  const described = await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.deepEqual(
    described.drafts.map(({ naturalKey }) => naturalKey),
    ['ada/engine'],
  );
  assert.match(JSON.stringify(described.drafts[0]?.content), /Weaves.*# Engine/);

  repository.commit({ 'a.py': 'a = 2\n' });
  site.describe('Ada', [{ ...engine, description: 'Weaves', pushed_at: '2026-04-01T10:00:00Z' }]);
  const pushed = await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.deepEqual(
    pushed.drafts.map(({ naturalKey }) => naturalKey),
    ['ada/engine/a.py'],
  );

  site.describe('Ada', [{ ...engine, description: 'Weaves', pushed_at: '2026-05-01T10:00:00Z' }]);
  const elsewhere = await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.deepEqual(elsewhere.drafts, [], 'a push to another branch');
  assert.equal((await crawlAccount(crawl, site.source, `${site.origin}/Ada`)).of('job').length, 0);
});

test('a job that comes twice in one crawl of an account asks nobody the second time', async () => {
  await using site = await Site.open();
  site.repository('Ada/own').commit({ 'a.py': 'a = 1\n' });
  const crawl = new MemoryCrawl();
  const discovery = { root: `${site.origin}/Ada`, requestedAt: new Date().toISOString() };
  await crawlAs(crawl, site.source, `${site.origin}/Ada/own`, { discovery });
  site.forget();
  const again = await crawlAs(crawl, site.source, `${site.origin}/Ada/own`, { discovery });
  assert.deepEqual(again.outcomes, [{ outcome: 'unchanged', documents: 1 }]);
  assert.deepEqual(site.asked, { git: 0, api: [] });
});

test('forks, archived, private and disabled repositories are left out for a reason, empty ones as well', async () => {
  await using site = await Site.open();
  for (const name of ['own', 'fork', 'archived']) site.repository(`Ada/${name}`).commit({ 'a.py': 'a = 1\n' });
  site.repository('Ada/empty');
  const all: ApiRepository[] = [
    { full_name: 'Ada/own' },
    { full_name: 'Ada/fork', fork: true },
    { full_name: 'Ada/archived', archived: true },
    { full_name: 'Ada/secret', private: true },
    { full_name: 'Ada/off', disabled: true },
    { full_name: 'Ada/empty' },
  ];
  site.describe('Ada', all);
  const crawl = new MemoryCrawl();
  const report = await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.deepEqual(keysOf(crawl), ['ada/own/a.py']);
  assert.deepEqual(report.skipped, {
    fork: [`${site.origin}/Ada/fork`],
    archived: [`${site.origin}/Ada/archived`],
    private: [`${site.origin}/Ada/secret`],
    disabled: [`${site.origin}/Ada/off`],
    empty: [`${site.origin}/Ada/empty`],
  });

  await using other = await Site.open({ forks: true, archived: true });
  for (const name of ['own', 'fork', 'archived']) other.repository(`Ada/${name}`).commit({ 'a.py': 'a = 1\n' });
  other.describe('Ada', all.slice(0, 3));
  const whole = new MemoryCrawl();
  await crawlAccount(whole, other.source, `${other.origin}/Ada`);
  assert.deepEqual(keysOf(whole), ['ada/archived/a.py', 'ada/fork/a.py', 'ada/own/a.py']);
});

test('a repository that is archived after it was taken in is not gone', async () => {
  await using site = await Site.open();
  site.repository('Ada/own').commit({ 'a.py': 'a = 1\n' });
  site.describe('Ada', [{ full_name: 'Ada/own', pushed_at: '2026-01-01T00:00:00Z' }]);
  const crawl = new MemoryCrawl();
  await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  site.describe('Ada', [{ full_name: 'Ada/own', pushed_at: '2026-01-01T00:00:00Z', archived: true }]);
  const report = await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.equal(report.unchanged, 1);
  assert.deepEqual(report.of('deleted'), []);
});

test('all pages are read, also when one of them comes short', async () => {
  await using site = await Site.open();
  const all = Array.from({ length: 250 }, (_, index) => ({ full_name: `Ada/r${index}`, fork: true }));
  site.describe('Ada', all);
  site.api.routes.set('/users/Ada/repos', ({ url = '' }) => {
    const page = Number(new URL(url, site.origin).searchParams.get('page'));
    return json(page === 1 ? all.slice(0, 99) : all.slice((page - 1) * 100, page * 100));
  });
  const report = await crawlAs(new MemoryCrawl(), site.source, `${site.origin}/Ada`, { task: 'discover' });
  assert.equal(report.skipped['fork']?.length, 249);
});

test('an organisation is asked for as one', async () => {
  await using site = await Site.open();
  site.repository('mills/loom').commit({ 'a.py': 'a = 1\n' });
  site.describe('mills', [{ full_name: 'mills/loom' }], { type: 'Organization' });
  const crawl = new MemoryCrawl();
  await crawlAccount(crawl, site.source, `${site.origin}/orgs/mills/repositories`);
  assert.deepEqual(keysOf(crawl), ['mills/loom/a.py']);
});

test('a repository that left the listing is deleted when it is not there, and kept while it is', async () => {
  await using site = await Site.open();
  site.repository('Ada/gone').commit({ 'README.md': '# Gone\n', 'a.py': 'a = 1\n' });
  site.repository('Ada/hidden').commit({ 'a.py': 'a = 1\n' });
  site.repository('Ada/stays').commit({ 'a.py': 'a = 1\n' });
  const stays = { full_name: 'Ada/stays', pushed_at: '2026-01-01T00:00:00Z' };
  site.describe('Ada', [{ full_name: 'Ada/gone' }, { full_name: 'Ada/hidden' }, stays]);
  const crawl = new MemoryCrawl();
  const root = `${site.origin}/Ada`;
  await crawlAccount(crawl, site.source, root);
  assert.equal(crawl.documents.size, 4);

  rmSync(join(site.served, 'Ada', 'gone'), { recursive: true });
  site.describe('Ada', [stays]);
  // Git hears the same of what may not be seen, so the API has the last word.
  await assert.rejects(crawlAccount(crawl, site.source, root), RejectedInput);
  assert.equal(crawl.documents.size, 4);
  site.api.routes.delete('/repos/Ada/gone');
  const report = await crawlAccount(crawl, site.source, root);
  assert.deepEqual(keysOf(crawl), ['ada/hidden/a.py', 'ada/stays/a.py']);
  assert.equal(report.of('rejected').length, 0);
  assert.deepEqual(
    [...crawl.states.keys()].filter((key) => /gone/i.test(key)),
    [],
  );
  assert.equal((await crawlAccount(crawl, site.source, root)).of('deleted').length, 0);
});

test('a repository under a new name is not taken in twice', async () => {
  await using site = await Site.open();
  site.repository('Ada/old').commit({ 'README.md': '# Loom\n', 'a.py': 'a = 1\n' });
  site.describe('Ada', [{ full_name: 'Ada/old' }]);
  const crawl = new MemoryCrawl();
  await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  // Under its old name the host goes on to answer for the new one.
  site.repository('Ada/new').commit({ 'README.md': '# Loom\n', 'a.py': 'a = 1\n' });
  site.describe('Ada', [{ full_name: 'Ada/new' }]);
  site.api.routes.set('/repos/Ada/old', json({ full_name: 'Ada/new' }));
  await crawlAccount(crawl, site.source, `${site.origin}/Ada`);
  assert.deepEqual(keysOf(crawl), ['ada/new', 'ada/new/a.py']);
});

test('a link by itself is gone when two crawls find it so', async () => {
  await using site = await Site.open();
  site.repository('Ada/gone').commit({ 'README.md': '# Gone\n', 'a.py': 'a = 1\n' });
  const crawl = new MemoryCrawl();
  const link = `${site.origin}/Ada/gone`;
  await crawl.crawl(site.source, link);
  rmSync(join(site.served, 'Ada', 'gone'), { recursive: true });
  assert.match((await failing(crawl, site.source, link)).message, /kept until the next crawl/);
  assert.equal(crawl.documents.size, 2);
  const report = await crawl.crawl(site.source, link);
  assert.equal(new Set(report.of('deleted').map(({ naturalKey }) => naturalKey)).size, 2);
  assert.equal(crawl.documents.size, 0);
  assert.equal((await failing(crawl, site.source, link)).reason, 'repository_not_found');
});

test('an account that does not exist is not found, and other answers than the API’s are told', async () => {
  await using site = await Site.open();
  const reasonFor = async (): Promise<string> => {
    try {
      await crawlAs(new MemoryCrawl(), site.source, `${site.origin}/Nobody`, { task: 'discover' });
    } catch (error) {
      assert.ok(error instanceof RejectedInput);
      assert.match(error.message, /Nobody/);
      return error.reason;
    }
    return 'none';
  };
  assert.equal(await reasonFor(), 'not_found');
  for (const body of ['<html>', '{"type":3}', '[]']) {
    site.api.routes.set('/users/Nobody', { body });
    assert.equal(await reasonFor(), 'bad_response');
  }
});

test('gists are repositories, and an account’s are listed', async () => {
  await using site = await Site.open();
  const id = '0123456789abcdef0123456789abcdef';
  site.repository(`${id}.git`).commit({ 'hello world.py': 'print()\n' });
  const gist = { id, public: true, updated_at: '2026-01-01T00:00:00Z', description: 'A greeting' };
  site.api.routes.set('/users/Ada', json({ type: 'User', public_repos: 0, public_gists: 1 }));
  site.api.routes.set('/users/Ada/gists', json([gist, { id: 'f'.repeat(32), public: false }]));
  site.api.routes.set(`/gists/${id}`, json(gist));
  const crawl = new MemoryCrawl();
  const host = `localhost:${site.git.port}`;
  await crawlAccount(crawl, site.source, `http://${host}/Ada`);
  const drafts = [...crawl.documents.values()];
  assert.deepEqual(
    drafts.map(({ naturalKey, link, title }) => [naturalKey, link, title]),
    [
      [`${host}/${id}#/hello world.py`, `http://${host}/${id}#file-hello-world-py`, 'hello world.py'],
      [`${host}/${id}#`, `http://${host}/${id}`, `${host}/${id}`],
    ],
  );
  site.forget();
  assert.equal((await crawlAccount(crawl, site.source, `http://${host}/Ada`)).of('job').length, 0);
  assert.equal((await crawl.crawl(site.source, `http://${host}/Ada/${id}`)).unchanged, 2);
});
