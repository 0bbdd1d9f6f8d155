import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import * as zlib from 'node:zlib';
import { DnsHostResolver, type Lookup } from '../../../runtime/adapters/http/dns-host-resolver.ts';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import type { FetchResult } from '../../../runtime/ports/fetcher.ts';
import { selfSignedCertificate } from '../../replica/certificate.ts';
import { page, ReplicaServer, type Route } from '../../replica/server.ts';

/** Errors must come from what the server does, never because the machine is slow. */
const patient = new AbortController().signal;

function openFetcher(): HttpFetcher {
  return new HttpFetcher({ allowPrivate: true, userAgent: 'twinstream-test/1' });
}

function fetcherAsking(lookup: Lookup, allowPrivate: boolean): HttpFetcher {
  return new HttpFetcher({ resolver: new DnsHostResolver({ allowPrivate, lookup }), userAgent: 'twinstream-test/1' });
}

async function fetchOne(route: Route): Promise<FetchResult> {
  await using server = await ReplicaServer.start({ routes: { '/': route } });
  await using fetcher = openFetcher();
  return await fetcher.fetch(server.url('/'), { signal: patient });
}

async function textOf(route: Route): Promise<string> {
  const result = await fetchOne(route);
  assert(result.status === 'ok');
  return result.text;
}

function rejected(reason: string, message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof RejectedInput, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, message);
    return true;
  };
}

function transient(message: RegExp, retryAfterMs?: number) {
  return (error: unknown) => {
    assert(error instanceof TransientError, String(error));
    assert.match(error.message, message);
    assert.equal(error.retryAfterMs, retryAfterMs);
    return true;
  };
}

suite('what comes back', () => {
  test('is the body as bytes and text, its type, its validators and where it was found', async () => {
    await using server = await ReplicaServer.start({
      routes: {
        '/post': {
          body: page('Grüße', 'Größe'),
          headers: {
            'content-type': 'Text/HTML; charset=UTF-8',
            etag: 'W/"7"',
            'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
          },
        },
      },
    });
    await using fetcher = openFetcher();
    const result = await fetcher.fetch(server.url('/post?page=1#top'), { signal: patient });
    assert.deepEqual(result, {
      status: 'ok',
      url: server.url('/post?page=1'),
      mediaType: 'text/html',
      body: Buffer.from(page('Grüße', 'Größe')),
      text: page('Grüße', 'Größe'),
      etag: 'W/"7"',
      lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    const headers = server.requests[0]?.headers;
    assert.equal(headers?.['user-agent'], 'twinstream-test/1');
    assert.match(headers?.accept ?? '', /^text\/html/);
    assert.equal(headers?.['accept-encoding'], 'gzip, deflate, br, zstd');
    assert.equal(server.requests[0]?.path, '/post?page=1');
  });

  test('has the type application/octet-stream when none was sent', async () => {
    const result = await fetchOne({ body: Buffer.from('{}') });
    assert.equal(result.status === 'ok' && result.mediaType, 'application/octet-stream');
  });

  test('is decoded from every content encoding, while `body` is what the origin made', async () => {
    const text = page('x', 'All that is written stays. '.repeat(500));
    for (const [encoding, encoded] of [
      ['gzip', zlib.gzipSync(text)],
      ['x-gzip', zlib.gzipSync(text)],
      ['deflate', zlib.deflateSync(text)],
      ['deflate', zlib.deflateRawSync(text)],
      ['br', zlib.brotliCompressSync(text)],
      ['zstd', zlib.zstdCompressSync(text)],
      ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(text))],
      [['gzip', 'br'], zlib.brotliCompressSync(zlib.gzipSync(text))],
    ] as const) {
      const result = await fetchOne({ body: encoded, headers: { 'content-encoding': encoding } });
      assert(result.status === 'ok');
      assert.deepEqual(Buffer.from(result.body), Buffer.from(text), String(encoding));
      assert.equal(result.text, text);
    }
  });

  test('is decoded from the charset that header or document name', async () => {
    const shiftJis = Buffer.from([0x93, 0xfa, 0x96, 0x7b]);
    assert.equal(await textOf({ body: shiftJis, headers: { 'content-type': 'text/html; charset=Shift_JIS' } }), '日本');
    const body = Buffer.concat([Buffer.from('<meta charset=windows-1252>'), Buffer.from([0x80, 0x93, 0xe9])]);
    assert.equal(await textOf({ body, headers: { 'content-type': 'text/html' } }), '<meta charset=windows-1252>€“é');
    assert.equal(await textOf({ body: Buffer.from('\ufeffЖ', 'utf16le') }), 'Ж');
    assert.equal(
      await textOf({ body: Buffer.from([0x61, 0xff, 0x62]), headers: { 'content-type': 'text/html; charset=utf-8' } }),
      'a\ufffdb',
    );
  });

  test('is nothing but a mark when the page is as it was', async () => {
    await using server = await ReplicaServer.start({
      routes: {
        '/': (request) => (request.headers['if-none-match'] === '"1"' ? { status: 304 } : { body: 'changed' }),
        '/dated': (request) => (request.headers['if-modified-since'] === undefined ? { body: 'new' } : { status: 304 }),
        '/moved': { status: 301, headers: { location: '/' } },
      },
    });
    await using fetcher = openFetcher();
    const unchanged = { status: 'not_modified', url: server.url('/') };
    assert.deepEqual(await fetcher.fetch(server.url('/'), { signal: patient, etag: '"1"' }), unchanged);
    assert.deepEqual(await fetcher.fetch(server.url('/moved'), { signal: patient, etag: '"1"' }), unchanged);
    assert.equal((await fetcher.fetch(server.url('/'), { signal: patient, etag: '"0"' })).status, 'ok');
    const lastModified = 'Sun, 06 Nov 1994 08:49:37 GMT';
    assert.equal((await fetcher.fetch(server.url('/dated'), { signal: patient, lastModified })).status, 'not_modified');
    assert.equal(server.requests.at(-1)?.headers['if-modified-since'], lastModified);
    await assert.rejects(fetchOne({ status: 304 }), rejected('bad_response', /304/));
  });
});

suite('statuses', () => {
  test('say whether a page is gone for good, refused, or to be asked for later', async () => {
    for (const [status, reason] of [
      [404, 'not_found'],
      [410, 'gone'],
      [400, 'http_error'],
      [401, 'http_error'],
      [403, 'http_error'],
      [451, 'http_error'],
      [206, 'bad_response'],
      [300, 'bad_response'],
      [305, 'bad_response'],
      [600, 'bad_response'],
      [999, 'login_required'],
    ] as const) {
      await assert.rejects(
        fetchOne({ status, body: 'x' }),
        rejected(reason, new RegExp(`^cannot fetch http://127.*${status}`)),
      );
    }
    for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
      await assert.rejects(fetchOne({ status, body: 'x' }), transient(new RegExp(String(status))));
    }
    for (const status of [200, 203, 204]) {
      assert.equal((await fetchOne({ status })).status, 'ok', String(status));
    }
  });

  test('come with the time to wait when the server names one', async () => {
    await assert.rejects(fetchOne({ status: 429, headers: { 'retry-after': '7' } }), transient(/later/, 7000));
    await assert.rejects(
      fetchOne({ status: 503, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } }),
      transient(/503/, 0),
    );
    await assert.rejects(fetchOne({ status: 503, headers: { 'retry-after': 'soon' } }), transient(/503/));
  });
});

suite('redirects', () => {
  test('are followed over every kind and across relative links, and the last URL is given', async () => {
    await using server = await ReplicaServer.start({
      routes: {
        '/a': { status: 301, headers: { location: 'b?x=1#part' }, body: 'moved' },
        '/b': { status: 302, headers: { location: '//127.0.0.1:PORT/c' } },
        '/c': { status: 303, headers: { location: '/d' } },
        '/d': { status: 307, headers: { location: './e' } },
        '/e': { status: 308, headers: { location: Buffer.from('/Grüße').toString('latin1') } },
        '/Gr%C3%BC%C3%9Fe': { body: 'here' },
      },
    });
    server.routes.set('/b', { status: 302, headers: { location: `//127.0.0.1:${server.port}/c` } });
    await using fetcher = openFetcher();
    const result = await fetcher.fetch(server.url('/a'), { signal: patient });
    assert.equal(result.url, server.url('/Gr%C3%BC%C3%9Fe'));
    assert.equal(result.status === 'ok' && result.text, 'here');
    assert.deepEqual(new Set(server.requests.map(({ connection }) => connection)), new Set([0]));
  });

  test('end after ten, and at once in a circle', async () => {
    await using server = await ReplicaServer.start({
      routes: {
        '/self': { status: 302, headers: { location: '/self#again' } },
        '/ping': { status: 302, headers: { location: '/pong' } },
        '/pong': { status: 302, headers: { location: '/ping' } },
        '/count': (request) => {
          const left = Number(new URL(request.url ?? '', 'http://x').searchParams.get('left'));
          return left === 0 ? { body: 'there' } : { status: 302, headers: { location: `/count?left=${left - 1}` } };
        },
      },
    });
    await using fetcher = openFetcher();
    await assert.rejects(
      fetcher.fetch(server.url('/self'), { signal: patient }),
      rejected('too_many_redirects', /circle/),
    );
    await assert.rejects(
      fetcher.fetch(server.url('/ping'), { signal: patient }),
      rejected('too_many_redirects', /circle/),
    );
    assert.equal(server.hits('/ping') + server.hits('/pong'), 2);
    assert.equal((await fetcher.fetch(server.url('/count?left=10'), { signal: patient })).status, 'ok');
    await assert.rejects(
      fetcher.fetch(server.url('/count?left=11'), { signal: patient }),
      rejected('too_many_redirects', /more than 10 times/),
    );
  });

  test('lead to the web only, somewhere, and without a password', async () => {
    const redirect = (location?: string) =>
      fetchOne({ status: 302, headers: location === undefined ? {} : { location } });
    await assert.rejects(
      redirect('file:///etc/passwd'),
      rejected('unsupported_scheme', /file:\/\/\/etc\/passwd.*only http/),
    );
    await assert.rejects(redirect('ftp://example.com/x'), rejected('unsupported_scheme', /ftp:/));
    await assert.rejects(redirect('javascript:alert(1)'), rejected('unsupported_scheme', /javascript:/));
    await assert.rejects(redirect(), rejected('bad_redirect', /without saying where/));
    await assert.rejects(redirect('http://[bad'), rejected('bad_redirect', /not a URL/));
    await assert.rejects(redirect('http://me:secret@127.0.0.1/'), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return rejected('bad_redirect', /password/)(error);
    });
  });

  test('to an address that may not be connected to are refused, and the message shows the way there', async () => {
    await using inside = await ReplicaServer.start({ routes: { '/': { body: 'inside' } } });
    await using server = await ReplicaServer.start();
    const guard = new DnsHostResolver({ allowPrivate: false, lookup: () => Promise.resolve(['10.1.2.3']) });
    // This test's server stands for one on the public internet; everything else is judged as always.
    const resolve = async (host: string) => (host === 'public.example' ? ['127.0.0.1'] : guard.resolve(host));
    await using fetcher = new HttpFetcher({ resolver: { resolve }, userAgent: 'test' });
    const link = `http://public.example:${server.port}/`;
    for (const target of [inside.url('/'), `http://2130706433:${inside.port}/`, `http://localhost:${inside.port}/`]) {
      server.routes.set('/', { status: 302, headers: { location: target } });
      const way =
        /^cannot fetch http:\/\/public\.example:\d+\/ \(redirected to http:\/\/(?:127\.0\.0\.1|localhost):\d+\/\): /;
      await assert.rejects(fetcher.fetch(link, { signal: patient }), rejected('forbidden_address', way));
    }
    for (const target of [
      'http://169.254.169.254/latest/meta-data/',
      'http://metadata.example/',
      'http://[fd00:ec2::254]/',
    ]) {
      server.routes.set('/', { status: 302, headers: { location: target } });
      await assert.rejects(fetcher.fetch(link, { signal: patient }), rejected('forbidden_address', /--allow-private/));
    }
    assert.equal(server.hits('/'), 6);
    assert.equal(inside.requests.length, 0);
  });

  test('from https to http carry nothing along', async () => {
    const trusted = getCACertificates('default');
    const certificate = selfSignedCertificate();
    await using plain = await ReplicaServer.start({ routes: { '/': { body: 'plain' } } });
    await using secure = await ReplicaServer.start({
      tls: certificate,
      routes: {
        '/': { body: 'secure' },
        '/down': { status: 302, headers: { location: plain.url('/'), 'set-cookie': 'session=1' } },
      },
    });
    await using untrusting = openFetcher();
    await assert.rejects(untrusting.fetch(secure.url('/'), { signal: patient }), transient(/self-signed certificate/));
    setDefaultCACertificates([...trusted, certificate.cert]);
    try {
      await using fetcher = openFetcher();
      const direct = await fetcher.fetch(secure.url('/'), { signal: patient });
      assert.equal(direct.status === 'ok' && direct.text, 'secure');
      assert.equal((await fetcher.fetch(secure.url('/down'), { signal: patient })).url, plain.url('/'));
    } finally {
      setDefaultCACertificates(trusted);
    }
    const sent = Object.keys(plain.requests[0]?.headers ?? {});
    assert.deepEqual(sent.sort(), ['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });
});

suite('links', () => {
  test('that are none, or not of the web, or carry a password are rejected before anything is sent', async () => {
    await using fetcher = openFetcher();
    const fetch = (link: string) => fetcher.fetch(link, { signal: patient });
    await assert.rejects(fetch('no link'), rejected('bad_link', /"no link".*not a URL/));
    await assert.rejects(fetch('file:///etc/passwd'), rejected('unsupported_scheme', /only http: and https:/));
    await assert.rejects(fetch('gopher://127.0.0.1/'), rejected('unsupported_scheme', /gopher:/));
    await assert.rejects(fetch('http://me:secret@127.0.0.1/'), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return rejected('bad_link', /user name or password/)(error);
    });
  });

  test('to addresses off the public internet are refused in every spelling, and nothing is connected to', async () => {
    await using server = await ReplicaServer.start({ routes: { '/': { body: 'inside' } } });
    await using fetcher = new HttpFetcher({ allowPrivate: false, userAgent: 'test' });
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '0177.0.0.01',
      '127.0.0.1.',
      '127。0。0。1',
      'localhost',
      'LocalHost.',
      'x.localhost',
      '0.0.0.0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '10.0.0.1',
      '169.254.169.254',
      '[fd00:ec2::254]',
    ]) {
      await assert.rejects(
        fetcher.fetch(`http://${host}:${server.port}/`, { signal: patient }),
        rejected('forbidden_address', /^cannot fetch http:.*; pass --allow-private to allow it$/),
        host,
      );
    }
    assert.equal(server.openConnections, 0);
    await assert.rejects(
      fetcher.fetch('http://10.0.0.1/', { signal: patient }),
      rejected('forbidden_address', /^cannot fetch http:\/\/10\.0\.0\.1\/: 10\.0\.0\.1 is a private address; pass/),
    );
  });

  test('to names are judged by the very addresses that are connected to', async () => {
    await using server = await ReplicaServer.start({ routes: { '/': { body: 'inside' } } });
    const asked: string[] = [];
    const lookup = (hostname: string) => {
      asked.push(hostname);
      return Promise.resolve(['127.0.0.1']);
    };
    const link = `http://rebinding.example:${server.port}/`;
    await using closed = fetcherAsking(lookup, false);
    await assert.rejects(
      closed.fetch(link, { signal: patient }),
      rejected('forbidden_address', /rebinding\.example is at 127\.0\.0\.1, which is a loopback address/),
    );
    assert.equal(server.openConnections, 0);
    assert.deepEqual(asked, ['rebinding.example']);

    // One answer for check and connection: there is no second look-up that could tell something else.
    await using open = fetcherAsking(lookup, true);
    assert.equal((await open.fetch(link, { signal: patient })).status, 'ok');
    assert.deepEqual(asked, ['rebinding.example', 'rebinding.example']);
  });

  test('to names that DNS does not know, or not now', async () => {
    const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    await using unknown = fetcherAsking(failing('ENOTFOUND'), false);
    await assert.rejects(
      unknown.fetch('http://nowhere.example/', { signal: patient }),
      rejected('unknown_host', /no host named nowhere\.example/),
    );
    await using silent = fetcherAsking(failing('EAI_AGAIN'), false);
    await assert.rejects(silent.fetch('http://nowhere.example/', { signal: patient }), transient(/cannot be resolved/));
  });
});
