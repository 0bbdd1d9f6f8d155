import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { CertificateAuthority } from '../../replica/certificate.ts';
import { ReplicaProxy } from '../../replica/proxy.ts';
import { ReplicaServer } from '../../replica/server.ts';
import { rejected, transient } from './crawler.ts';

const signal = new AbortController().signal;
const authority = new CertificateAuthority();

function through(proxy: ReplicaProxy, options: { user?: string; allowPrivate?: boolean; authority?: string } = {}) {
  const { user = '', allowPrivate = false } = options;
  const url = `http://${user}127.0.0.1:${proxy.port}`;
  return new HttpFetcher({ allowPrivate, proxy: { url, authority: options.authority }, userAgent: 'test' });
}

async function textAt(fetcher: HttpFetcher, link: string): Promise<string> {
  const result = await fetcher.fetch(link, { signal });
  return result.status === 'ok' ? result.text : result.status;
}

suite('through a proxy', () => {
  test('http is fetched, and names are for the proxy to resolve', async () => {
    await using server = await ReplicaServer.start({ routes: { '/post': { body: 'by http' } } });
    await using proxy = await ReplicaProxy.start({ 'blog.example': server.port });
    await using fetcher = through(proxy);
    assert.equal(await textAt(fetcher, 'http://blog.example/post?page=1'), 'by http');
    assert.deepEqual(proxy.requests, [
      { method: 'GET', target: 'http://blog.example/post?page=1', authorization: undefined },
    ]);
    assert.equal(server.requests[0]?.headers.host, 'blog.example');
  });

  test('https is fetched in a tunnel, and only an authority that is trusted may sign', async () => {
    await using server = await ReplicaServer.start({
      tls: authority.issue('blog.example'),
      routes: { '/post': { body: 'by https' } },
    });
    await using proxy = await ReplicaProxy.start({ 'blog.example': server.port, 'other.example': server.port });
    await using fetcher = through(proxy, { authority: authority.cert });
    assert.equal(await textAt(fetcher, 'https://blog.example/post'), 'by https');
    assert.deepEqual(proxy.requests, [{ method: 'CONNECT', target: 'blog.example:443', authorization: undefined }]);
    await assert.rejects(textAt(fetcher, 'https://other.example/post'), transient(/connection failed/));
    await using untrusting = through(proxy);
    await assert.rejects(textAt(untrusting, 'https://blog.example/post'), transient(/certificate/));
    assert.equal(server.hits('/post'), 1);
  });

  test('both go with the name and password of its URL, and not without', async () => {
    await using plain = await ReplicaServer.start({ routes: { '/': { body: 'by http' } } });
    await using secure = await ReplicaServer.start({
      tls: authority.issue('safe.example'),
      routes: { '/': { body: 'by https' } },
    });
    const authorization = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`;
    const ports = { 'blog.example': plain.port, 'safe.example': secure.port };
    await using proxy = await ReplicaProxy.start(ports, authorization);
    await using fetcher = through(proxy, { user: 'ada:p%40ss@', authority: authority.cert });
    assert.equal(await textAt(fetcher, 'http://blog.example/'), 'by http');
    assert.equal(await textAt(fetcher, 'https://safe.example/'), 'by https');
    for (const server of [plain, secure]) {
      assert.equal(server.requests[0]?.headers['proxy-authorization'], undefined);
    }
    await using stranger = through(proxy, { authority: authority.cert });
    await assert.rejects(textAt(stranger, 'http://blog.example/'), transient(/proxy.*407|407.*proxy/i));
    await assert.rejects(textAt(stranger, 'https://safe.example/'), transient(/407/));
  });

  test('what a link shows to be private is refused all the same, in redirects too', async () => {
    await using server = await ReplicaServer.start({ routes: { '/ok': { body: 'x' } } });
    const inside = `http://127.0.0.1:${server.port}/ok`;
    server.routes.set('/', { status: 302, headers: { location: inside } });
    await using proxy = await ReplicaProxy.start({
      ...{ 'blog.example': server.port, '127.0.0.1': server.port },
      ...{ localhost: server.port, 'a.localhost': server.port },
    });
    await using fetcher = through(proxy);
    const links = ['http://localhost/ok', 'http://a.localhost/ok', 'http://0x7f.1/ok', 'http://[::1]/ok', inside];
    for (const link of [...links, 'http://blog.example/']) {
      await assert.rejects(textAt(fetcher, link), rejected('forbidden_address', /--allow-private/), link);
    }
    assert.deepEqual(
      proxy.requests.map(({ target }) => target),
      ['http://blog.example/'],
    );
    await using allowing = through(proxy, { allowPrivate: true });
    assert.equal(await textAt(allowing, 'http://localhost/ok'), 'x');
  });

  test('that has no way to a host, or is not there, nothing is fetched for now', async () => {
    const proxy = await ReplicaProxy.start({});
    await using fetcher = through(proxy);
    await assert.rejects(textAt(fetcher, 'http://unknown.example/'), transient(/502/));
    await assert.rejects(textAt(fetcher, 'https://unknown.example/'), transient(/502/));
    await proxy[Symbol.asyncDispose]();
    await assert.rejects(textAt(fetcher, 'http://unknown.example/'), transient(/connection/));
    await assert.rejects(textAt(fetcher, 'https://unknown.example/'), transient(/connection/));
  });
});
