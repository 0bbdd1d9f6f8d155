import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HttpFetcher, type HttpFetcherOptions } from '../../../runtime/adapters/http/http-fetcher.ts';
import { CertificateAuthority } from '../../replica/certificate.ts';
import { ReplicaProxy } from '../../replica/proxy.ts';
import { ReplicaServer } from '../../replica/server.ts';

const signal = new AbortController().signal;
const authority = new CertificateAuthority();
const credentials = [
  { domain: 'medium.example', header: 'cookie', value: 'uid=1; sid=2' },
  { domain: 'medium.example', header: 'cookie', value: 'more=3' },
  { domain: 'api.github.example', header: 'authorization', value: 'Bearer secret' },
] as const;

/** Sites of these names, by https and http. */
async function web(names: readonly string[], options: Pick<HttpFetcherOptions, 'credentialsOverHttp'> = {}) {
  await using stack = new AsyncDisposableStack();
  const sites = new Map<string, ReplicaServer>();
  const ports: Record<string, number> = {};
  for (const name of names) {
    const tls = name.startsWith('plain.') ? {} : { tls: authority.issue(name) };
    const server = stack.use(await ReplicaServer.start({ ...tls, routes: { '/': { body: 'x' } } }));
    sites.set(name, server);
    ports[name] = server.port;
  }
  const proxy = stack.use(await ReplicaProxy.start(ports));
  const fetcher = stack.use(
    new HttpFetcher({
      ...options,
      allowPrivate: false,
      proxy: { url: `http://127.0.0.1:${proxy.port}`, authority: authority.cert },
      userAgent: 'test',
      credentials,
    }),
  );
  const opened = stack.move();
  return {
    fetch: (link: string) => fetcher.fetch(link, { signal }),
    site: (name: string) => sites.get(name) ?? assert.fail(name),
    sentTo: (name: string) => {
      const { cookie, authorization } =
        sites.get(name)?.requests.at(-1)?.headers ?? assert.fail(`${name} was not asked`);
      return { cookie, authorization };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const nothing = { cookie: undefined, authorization: undefined };
const mediumCookies = { cookie: 'uid=1; sid=2; more=3', authorization: undefined };

suite('credentials', () => {
  test('go to their site and its subdomains, and to no other', async () => {
    const others = ['notmedium.example', 'medium.example.evil.example', 'github.example'];
    await using sites = await web(['medium.example', 'ada.medium.example', 'api.github.example', ...others]);
    for (const name of ['medium.example', 'ada.medium.example']) {
      await sites.fetch(`https://${name}/`);
      assert.deepEqual(sites.sentTo(name), mediumCookies);
    }
    await sites.fetch('https://api.github.example/');
    assert.deepEqual(sites.sentTo('api.github.example'), { cookie: undefined, authorization: 'Bearer secret' });
    for (const name of others) {
      await sites.fetch(`https://${name}/`);
      assert.deepEqual(sites.sentTo(name), nothing, name);
    }
  });

  test('do not follow a redirect to another host, and are there again on the way back', async () => {
    await using sites = await web(['medium.example', 'ada.medium.example', 'other.example']);
    const moved = (location: string) => ({ status: 302, headers: { location } });
    sites.site('medium.example').routes.set('/', moved('https://other.example/'));
    sites.site('other.example').routes.set('/', moved('https://ada.medium.example/'));
    await sites.fetch('https://medium.example/');
    assert.deepEqual(sites.sentTo('medium.example'), mediumCookies);
    assert.deepEqual(sites.sentTo('other.example'), nothing);
    assert.deepEqual(sites.sentTo('ada.medium.example'), mediumCookies);
  });

  test('are not sent over http, where anyone could read them, unless a test asks for it', async () => {
    await using sites = await web(['medium.example', 'plain.medium.example']);
    const location = 'http://plain.medium.example/';
    sites.site('medium.example').routes.set('/', { status: 301, headers: { location } });
    await sites.fetch('https://medium.example/');
    assert.deepEqual(sites.sentTo('plain.medium.example'), nothing);
    await using open = await web(['plain.medium.example'], { credentialsOverHttp: true });
    await open.fetch('http://plain.medium.example/');
    assert.deepEqual(open.sentTo('plain.medium.example'), mediumCookies);
  });
});
