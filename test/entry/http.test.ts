import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { DnsHostResolver } from '../../runtime/adapters/http/dns-host-resolver.ts';
import { Misconfigured } from '../../runtime/domain/errors.ts';
import { configFrom } from '../../runtime/entry/config.ts';
import { type Http, openHttp } from '../../runtime/entry/http.ts';
import { Hosts } from '../../runtime/odm/hosts.ts';
import { newStore } from '../odm/new-store.ts';
import { CertificateAuthority } from '../replica/certificate.ts';
import { ReplicaProxy } from '../replica/proxy.ts';
import { page, ReplicaServer } from '../replica/server.ts';
import { TemporaryFolder, twin } from './twin.ts';

const signal = new AbortController().signal;

async function open(variables: Readonly<Record<string, string>>): Promise<Http & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { store } = stack.use(await newStore());
  const { crawl } = configFrom({ TWIN_ALLOW_PRIVATE: '1', ...variables });
  const resolver = new DnsHostResolver({ allowPrivate: crawl.allowPrivate });
  const http = await openHttp(crawl, {
    hosts: new Hosts(store),
    resolver,
    stack: stack.use(new AsyncDisposableStack()),
  });
  const opened = stack.move();
  return { ...http, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Server and the times of its requests, robots.txt included. */
async function timedServer() {
  const times: number[] = [];
  const answer = (body: string) => () => {
    times.push(performance.now());
    return { body };
  };
  const prose = 'All that is written stays written, and may be read again by whoever comes later. '.repeat(20);
  const server = await ReplicaServer.start({
    routes: {
      '/robots.txt': answer(''),
      '/2026/05/an-essay.html': answer(page('Essay', `<article><p>${prose}</p></article>`)),
    },
  });
  return { server, times };
}

suite('the web as it is configured', () => {
  test('is asked once a second when nothing is said, by the fetcher and by whoever else is polite', async () => {
    const { server, times } = await timedServer();
    await using _ = server;
    await using http = await open({});
    const url = new URL(server.url('/2026/05/an-essay.html'));
    await Promise.all([
      http.fetcher.fetch(url.href, { signal }),
      http.politeness.schedule(url, signal, () => fetch(url)),
    ]);
    assert.equal(times.length, 3);
    const [first = 0, second = 0, third = 0] = times;
    assert.ok(second - first >= 1_000 && third - second >= 1_000, times.join(' '));
  });

  test('is asked once a second by the command line, too', async () => {
    const { server, times } = await timedServer();
    await using _ = server;
    await using folder = await TemporaryFolder.create();
    const variables = { CRAWL_INTERVAL_MS: '', TWIN_CONTACT: 'ada@ada.example' };
    const outcome = await twin(
      folder.path,
      ['ingest', server.url('/2026/05/an-essay.html'), '--allow-private'],
      variables,
    );
    assert.equal(outcome.status, 0, outcome.stderr);
    const [first = 0, second = 0] = times;
    assert.ok(times.length >= 2 && second - first >= 1_000, times.join(' '));
    for (const { headers } of server.requests) {
      assert.equal(headers['user-agent'], 'Twinstream/0.1 (+ada@ada.example)');
    }
  });

  test('knows us by the name we are given, and forbids us by it', async () => {
    await using server = await ReplicaServer.start({
      routes: { '/robots.txt': { body: 'User-agent: analytical\nDisallow: /' }, '/': { body: 'x' } },
    });
    await using ours = await open({ CRAWL_INTERVAL_MS: '0' });
    assert.equal((await ours.fetcher.fetch(server.url('/'), { signal })).status, 'ok');
    assert.equal(server.requests.at(-1)?.headers['user-agent'], 'Twinstream/0.1');
    const variables = { CRAWL_INTERVAL_MS: '0', TWIN_USER_AGENT: 'Analytical/1 (+ada)' };
    await using named = await open(variables);
    await assert.rejects(named.fetcher.fetch(server.url('/'), { signal }), /ROBOTS_EXEMPT_HOSTS=127\.0\.0\.1/);
    assert.equal(server.requests.at(-1)?.headers['user-agent'], 'Analytical/1 (+ada)');
    await using exempt = await open({ ...variables, ROBOTS_EXEMPT_HOSTS: '127.0.0.1' });
    assert.equal((await exempt.fetcher.fetch(server.url('/'), { signal })).status, 'ok');
  });

  test('is reached through the proxy, with the authority and the credentials of each site', async () => {
    const authority = new CertificateAuthority();
    const expected = {
      'medium.com': ['sid=m', undefined],
      'ada.substack.com': ['sid=s', undefined],
      // What signs in to LinkedIn is the browser's alone.
      'www.linkedin.com': [undefined, undefined],
      'api.github.com': [undefined, 'Bearer ghp_1'],
      'github.com': [undefined, undefined],
      'ada.example': [undefined, undefined],
    } as const;
    await using stack = new AsyncDisposableStack();
    const servers = new Map<string, ReplicaServer>();
    for (const name of Object.keys(expected)) {
      const options = { tls: authority.issue(name), routes: { '/': { body: 'x' } } };
      servers.set(name, stack.use(await ReplicaServer.start(options)));
    }
    const ports = Object.fromEntries([...servers].map(([name, { port }]) => [name, port]));
    const proxy = stack.use(await ReplicaProxy.start(ports));
    const folder = stack.use(await TemporaryFolder.create());
    await writeFile(join(folder.path, 'authority.pem'), authority.cert);
    const http = stack.use(
      await open({
        TWIN_ALLOW_PRIVATE: '0',
        CRAWL_INTERVAL_MS: '0',
        CRAWL_PROXY: `http://127.0.0.1:${proxy.port}`,
        CRAWL_PROXY_CA: join(folder.path, 'authority.pem'),
        MEDIUM_COOKIES: 'sid=m',
        SUBSTACK_COOKIES: 'sid=s',
        LINKEDIN_COOKIES: 'li_at=l',
        GITHUB_TOKEN: 'ghp_1',
      }),
    );
    for (const [name, [cookie, authorization]] of Object.entries(expected)) {
      await http.fetcher.fetch(`https://${name}/`, { signal });
      const sent = (servers.get(name)?.requests ?? []).map(({ path, headers }) => [
        path,
        headers.cookie,
        headers.authorization,
      ]);
      const asked = ['/', cookie, authorization];
      // An API that is made for programs is asked whatever its robots.txt says to search engines.
      const isApi = name === 'api.github.com';
      assert.deepEqual(sent, isApi ? [asked] : [['/robots.txt', undefined, undefined], asked], name);
    }
  });

  test('needs an authority that is one', async () => {
    await using folder = await TemporaryFolder.create();
    const missing = join(folder.path, 'missing.pem');
    const garbage = join(folder.path, 'garbage.pem');
    await writeFile(garbage, '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n');
    for (const file of [missing, garbage]) {
      await assert.rejects(
        open({ CRAWL_PROXY: 'http://proxy.example', CRAWL_PROXY_CA: file }),
        (error) =>
          error instanceof Misconfigured &&
          error.message.startsWith(`CRAWL_PROXY_CA takes a PEM file with a certificate; ${file}: `),
      );
    }
  });
});
