import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import type { HostResolver } from '../../../runtime/ports/host-resolver.ts';
import { githubSite, hubIdentity } from '../../../runtime/sources/github/identity.ts';
import { reach } from '../../../runtime/sources/github/remote.ts';
import { GithubSource, type GithubSourceOptions } from '../../../runtime/sources/github/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { unreachable } from './fetchers.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';
import { serveRepositories } from './git-server.ts';
import { loopback } from './site.ts';

const parent = temporaryFolder();
after(() => rmSync(parent, { recursive: true, force: true }));

function sourceWith(options: Partial<GithubSourceOptions>): GithubSource {
  return new GithubSource({ resolver: loopback, fetcher: unreachable, temporaryFolder: parent, ...options });
}

const noLookUp: HostResolver = {
  resolve: async (hostname) => {
    throw new RejectedInput('forbidden_address', hostname);
  },
};

/** What any user of this machine can see of what runs. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');
}

/** Leads every host to one server on this machine. */
async function openProxy(port: number) {
  const seen: { readonly url: string; readonly authorization: string | undefined; readonly running: string }[] = [];
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request;
    const running = process.platform === 'linux' ? commandLines() : '';
    seen.push({ url, authorization: headers['proxy-authorization'], running });
    if (headers['proxy-authorization'] === undefined) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const { pathname, search } = new URL(url);
    const onward = send({ port, host: '127.0.0.1', path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    link: `http://ada:pr0xy-s3cret@127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test('behind a proxy, names are its business, and its credentials show in no command line', async () => {
  const served = join(parent, 'behind');
  const repository = GitRepository.create(served, 'owner/tool.git');
  repository.commit({ 'a.py': 'a = 1\n' });
  await using server = await serveRepositories(served);
  await using proxy = await openProxy(server.port);
  const source = sourceWith({ resolver: noLookUp, proxy: proxy.link });
  const crawl = new MemoryCrawl();
  const link = 'http://code.example.test/owner/tool.git';
  await crawl.crawl(source, link);
  repository.commit({ 'b.py': 'b = 1\n' });
  await crawl.crawl(source, link);
  assert.equal(crawl.documents.size, 2);
  const asked = proxy.seen.filter(({ authorization }) => authorization !== undefined);
  assert.ok(asked.length > 6 && asked.every(({ url }) => url.startsWith('http://code.example.test/owner/tool.git/')));
  assert.equal(Buffer.from(asked[0]?.authorization?.slice(6) ?? '', 'base64').toString(), 'ada:pr0xy-s3cret');
  assert.ok(proxy.seen.every(({ running }) => !running.includes('pr0xy-s3cret')));

  proxy.seen.length = 0;
  await assert.rejects(
    crawl.crawl(source, 'http://10.0.0.1/owner/tool.git'),
    (error) => error instanceof RejectedInput && error.reason === 'forbidden_address',
  );
  assert.deepEqual(proxy.seen, []);
});

test('the authority of a proxy is trusted for it and for what it shows', async () => {
  const identity = hubIdentity('ada/tool', githubSite);
  const route = { resolver: noLookUp, proxy: 'https://proxy.example.org:8443', proxyAuthorityFile: '/ca.pem' };
  const { configuration } = await reach(new URL(identity.link), identity, route, new AbortController().signal);
  const settings = new Map(configuration);
  assert.equal(settings.get('http.proxy'), route.proxy);
  assert.equal(settings.get('http.sslCAInfo'), '/ca.pem');
  assert.equal(settings.get('http.proxySSLCAInfo'), '/ca.pem');
  assert.equal(settings.get('http.curloptResolve'), undefined);
});

test('the token goes to GitHub, and not to other hosts, nor along a redirect, nor into a command line', async () => {
  const served = join(parent, 'tokens');
  GitRepository.create(served, 'ada/tool').commit({ 'a.py': 'a = 1\n' });
  GitRepository.create(served, 'ada/other.git').commit({ 'a.py': 'a = 1\n' });
  const lines: string[] = [];
  await using elsewhere = await serveRepositories(served);
  await using hub = await serveRepositories(served, (request, response) => {
    if (process.platform === 'linux') lines.push(commandLines());
    if (request.url?.startsWith('/ada/moved/') !== true) return false;
    const location = `http://localhost:${elsewhere.port}${request.url.replace('moved', 'tool')}`;
    response.writeHead(301, { location }).end();
    return true;
  });
  const origin = `http://127.0.0.1:${hub.port}`;
  const source = sourceWith({ origin, token: 'gh-s3cret' });
  const expected = `Basic ${Buffer.from('x-access-token:gh-s3cret').toString('base64')}`;

  const report = await new MemoryCrawl().crawl(source, `${origin}/ada/tool`);
  assert.equal(report.drafts.length, 1);
  assert.ok(hub.requests.length > 0 && hub.requests.every(({ authorization }) => authorization === expected));
  assert.doesNotMatch(JSON.stringify(report.outcomes), /s3cret/);

  await new MemoryCrawl().crawl(source, `http://127.0.0.1:${elsewhere.port}/ada/other.git`);
  assert.ok(elsewhere.requests.length > 0);
  // Who has moved is followed without it.
  const moved = await new MemoryCrawl().crawl(source, `${origin}/ada/moved`);
  assert.equal(moved.drafts.length, 1);
  assert.ok(elsewhere.requests.every(({ authorization }) => authorization === undefined));
  assert.ok(lines.every((line) => !line.includes('s3cret') && !line.includes(expected.slice(6))));
});
