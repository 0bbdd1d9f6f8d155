import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import type { HostResolver } from '../../../runtime/ports/host-resolver.ts';
import { githubSite, hubIdentity } from '../../../runtime/sources/github/identity.ts';
import { reach } from '../../../runtime/sources/github/remote.ts';
import { GithubSource } from '../../../runtime/sources/github/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { unreachable } from './fetchers.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';
import { serveRepositories } from './git-server.ts';

const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

/** Every name leads to this machine, where the server of the test listens. */
const loopback: HostResolver = { resolve: async () => ['127.0.0.1'] };

function setUp(resolver = loopback): { source: GithubSource; scratch: string; served: string } {
  const parent = temporaryFolder();
  after(() => rmSync(parent, { recursive: true, force: true }));
  const scratch = GitRepository.create(parent, 'scratch').folder;
  rmSync(join(scratch, '.git'), { recursive: true });
  return {
    source: new GithubSource({ resolver, fetcher: unreachable, temporaryFolder: scratch }),
    scratch,
    served: join(parent, 'served'),
  };
}

test('a repository behind an http link is cloned, read and removed again', async () => {
  const { source, scratch, served } = setUp();
  const repository = GitRepository.create(served, 'owner/tool.git');
  const commit = repository.commit({ 'src/main.py': 'print("hello")\n', 'README.md': '# Tool\n' });
  await using server = await serveRepositories(served);
  // The name exists in no DNS: the clone works only because git connects to the address that was checked.
  const report = await new MemoryCrawl().crawl(source, `http://code.example.test:${server.port}/owner/tool.git`);
  const base = `code.example.test:${server.port}/owner/tool`;
  assert.deepEqual(
    report.drafts.map(({ kind, naturalKey, link, content }) => [kind, naturalKey, link, content]),
    [
      [
        'code',
        `${base}#/src/main.py`,
        `http://${base}.git#src/main.py`,
        {
          repository: `http://${base}.git`,
          path: 'src/main.py',
          language: 'python',
          text: 'print("hello")\n',
          commit,
        },
      ],
      ['article', `${base}#`, `http://${base}.git`, { markdown: '# Tool' }],
    ],
  );
  assert.equal(report.outcomes.at(-1)?.outcome, 'repository');
  assert.deepEqual(readdirSync(scratch), []);
});

test('an unchanged repository costs one question and no clone; a changed one only its changed files', async () => {
  const { source, served } = setUp();
  const repository = GitRepository.create(served, 'tool.git');
  repository.commit({ 'a.ts': 'export const a = 1;\n', 'b.ts': 'export const b = 1;\n', 'c.ts': 'export {};\n' });
  await using server = await serveRepositories(served);
  const link = `http://127.0.0.1:${server.port}/tool.git`;
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, link);

  server.requests.length = 0;
  const second = await crawl.crawl(source, link);
  assert.deepEqual(second.outcomes, [{ outcome: 'unchanged', documents: 3 }]);
  assert.ok(server.requests.length <= 2, 'the advertisement and the list of references');

  repository.git('mv', 'c.ts', 'd.ts');
  repository.commit({ 'b.ts': 'export const b = 2;\n' });
  const third = await crawl.crawl(source, link);
  assert.deepEqual(
    third.drafts.map(({ content }) => 'path' in content && content.path),
    ['b.ts', 'd.ts'],
  );
  assert.equal(third.unchanged, 1);
  assert.deepEqual(
    third.of('deleted').map(({ naturalKey }) => naturalKey.replace(/.*#/, '')),
    ['/c.ts'],
  );
});

test('blobs over 1 MiB are never transferred', async () => {
  const { source, served } = setUp();
  const repository = GitRepository.create(served, 'large.git');
  const large = randomBytes(1024 * 1024).toString('hex');
  repository.commit({ 'large.txt': large, 'small.txt': 'small\n' });
  await using server = await serveRepositories(served);
  const report = await new MemoryCrawl().crawl(source, `http://127.0.0.1:${server.port}/large.git`);
  assert.deepEqual(Object.keys(report.skipped), ['too_large']);
  assert.equal(report.drafts.length, 1);
  assert.ok(server.sent() > 0 && server.sent() < 100_000, `${server.sent()} bytes`);
});

test('credentials of a link reach the server and nothing else', async () => {
  const { source, served } = setUp();
  GitRepository.create(served, 'private.git').commit({ 'a.txt': 'text\n' });
  await using server = await serveRepositories(served);
  const authority = `ada:s3cret%21@127.0.0.1:${server.port}`;
  const report = await new MemoryCrawl().crawl(source, `http://${authority}/private.git`);
  const sent = `Basic ${Buffer.from('ada:s3cret!').toString('base64')}`;
  assert.ok(server.requests.every(({ authorization }) => authorization === sent));
  assert.equal(report.drafts.length, 1);
  assert.doesNotMatch(JSON.stringify(report.outcomes), /s3cret/);
  await assert.rejects(
    new MemoryCrawl().crawl(source, `http://${authority}/nothing.git`),
    (error) => error instanceof RejectedInput && !/s3cret|ada/.test(`${error.message}${error.stack}${error.cause}`),
  );
});

test('what cannot be cloned says why, by class and reason', async (t) => {
  const { source, scratch, served } = setUp();
  GitRepository.create(served, 'empty.git');
  await using server = await serveRepositories(served, (request, response) => {
    const [, status] = /^\/status-(\d+)\.git/.exec(request.url ?? '') ?? [];
    if (status !== undefined) {
      response.writeHead(Number(status), { location: 'http://127.0.0.1:9/elsewhere.git' }).end('no');
    } else if (request.url?.startsWith('/page.git') === true) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>\n<p>A page</p>\n');
    } else {
      return false;
    }
    return true;
  });
  const base = `http://127.0.0.1:${server.port}`;
  const rejected: readonly (readonly [string, string])[] = [
    [`${base}/empty.git`, 'empty_repository'],
    [`${base}/nothing.git`, 'repository_not_found'],
    [`${base}/status-401.git`, 'repository_not_found'],
    [`${base}/status-403.git`, 'repository_not_found'],
    [`${base}/status-301.git`, 'redirected'],
    [`${base}/page.git`, 'not_a_repository'],
    ['https://github.com/owner', 'unsupported_link'],
    ['https://github.com/settings/profile', 'unsupported_link'],
    ['https://gist.github.com/discover', 'unsupported_link'],
    ['https://github.com/owner/name/issues', 'unsupported_link'],
    ['https://github.com/topics/parsers', 'unsupported_link'],
  ];
  for (const [link, reason] of rejected) {
    await t.test(`${link.replace(/:\d+/, '')} is rejected as ${reason}`, async () => {
      await assert.rejects(
        new MemoryCrawl().crawl(source, link),
        (error) => error instanceof RejectedInput && error.reason === reason,
      );
    });
  }
  for (const link of [`${base}/status-500.git`, `${base}/status-429.git`, 'http://127.0.0.1:9/refused.git']) {
    await t.test(`${link.replace(/:\d{4,}/, '')} may work later`, async () => {
      await assert.rejects(new MemoryCrawl().crawl(source, link), TransientError);
    });
  }
  assert.deepEqual(readdirSync(scratch), []);
});

test('a host that may not be connected to is not', async () => {
  const refusal = new RejectedInput('forbidden_address', 'private');
  const { source, served } = setUp({
    resolve: async () => {
      throw refusal;
    },
  });
  GitRepository.create(served, 'a.git').commit({ 'a.txt': 'text\n' });
  await using server = await serveRepositories(served);
  await assert.rejects(new MemoryCrawl().crawl(source, `http://127.0.0.1:${server.port}/a.git`), refusal);
  assert.deepEqual(server.requests, []);
});

test('a server that never answers is left when the crawl is aborted', async () => {
  const { source, scratch, served } = setUp();
  const controller = new AbortController();
  await using server = await serveRepositories(served, () => {
    setImmediate(() => controller.abort(new Error('enough')));
    return true;
  });
  const link = `http://127.0.0.1:${server.port}/silent.git`;
  await assert.rejects(new MemoryCrawl().crawl(source, link, { signal: controller.signal }), /enough/);
  assert.deepEqual(readdirSync(scratch), []);
});

test('a crawl that is left in the middle removes its clone', async () => {
  const { source, scratch, served } = setUp();
  GitRepository.create(served, 'a.git').commit({ 'a.txt': 'text\n', 'b.txt': 'text\n' });
  await using server = await serveRepositories(served);
  const link = `http://127.0.0.1:${server.port}/a.git`;
  await new MemoryCrawl().crawl(source, link, { stop: () => true });
  assert.deepEqual(readdirSync(scratch), []);
});

test('a clone that grows beyond the limit is given up', async () => {
  const { scratch, served } = setUp();
  const source = new GithubSource({
    resolver: loopback,
    fetcher: unreachable,
    temporaryFolder: scratch,
    maximumBytes: 10,
  });
  GitRepository.create(served, 'a.git').commit({ 'a.txt': 'text\n' });
  await using server = await serveRepositories(served);
  await assert.rejects(
    new MemoryCrawl().crawl(source, `http://127.0.0.1:${server.port}/a.git`),
    (error) => error instanceof RejectedInput && error.reason === 'repository_too_large',
  );
  assert.deepEqual(readdirSync(scratch), []);
});

test('links of GitHub are asked for over https, at the addresses that were checked', async () => {
  const link = new URL('http://www.github.com/Ada/Engine.git/');
  const identity = hubIdentity('Ada/Engine', githubSite);
  const asked: string[] = [];
  const resolver: HostResolver = {
    resolve: async (hostname) => {
      asked.push(hostname);
      return ['192.0.2.1', '2001:db8::1'];
    },
  };
  const remote = await reach(link, identity, { resolver }, new AbortController().signal);
  assert.deepEqual(asked, ['github.com']);
  assert.equal(remote.link, 'https://github.com/Ada/Engine');
  assert.deepEqual(remote.configuration[0], ['http.curloptResolve', 'github.com:443:192.0.2.1,[2001:db8::1]']);
});
