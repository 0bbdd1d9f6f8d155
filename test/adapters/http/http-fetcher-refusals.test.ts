import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as zlib from 'node:zlib';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { TransientError } from '../../../runtime/domain/errors.ts';
import type { FetchRequest } from '../../../runtime/ports/fetcher.ts';
import { ReplicaServer, type Route } from '../../replica/server.ts';
import { rejected, transient } from './crawler.ts';

const signal = new AbortController().signal;

async function answerTo(route: Route, request: Omit<FetchRequest, 'signal'> = {}): Promise<string> {
  await using server = await ReplicaServer.start({ routes: { '/': route } });
  await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  const result = await fetcher.fetch(server.url('/'), { signal, ...request });
  return result.status === 'ok' ? result.text : result.status;
}

suite('a check for robots', () => {
  const checks: readonly (readonly [who: string, body: string])[] = [
    ['Cloudflare', '<title>Just a moment...</title><script>window._cf_chl_opt = {}</script>'],
    ['Cloudflare', '<title>Attention Required! | Cloudflare</title>Sorry'],
    ['PerimeterX', '<div id="px-captcha"></div>'],
    ['Incapsula', '<iframe src="/_Incapsula_Resource?x=1"></iframe>'],
    ['DataDome', '<script src="https://ct.captcha-delivery.com/c.js"></script>'],
    ['AWS WAF', '<script src="https://a1.eu.token.awswaf.com/a1/b2/challenge.js"></script>'],
  ];

  test('is known by what its page has, and says what a person can do', async () => {
    for (const [who, body] of checks) {
      for (const status of [403, 429, 503]) {
        await assert.rejects(
          answerTo({ status, body, headers: { 'retry-after': '60' } }),
          rejected('challenge_page', new RegExp(`^cannot fetch http.*\\(${who}\\).*official export`)),
          `${who} ${status}`,
        );
      }
      assert.equal(await answerTo({ body }), body, 'a page with content may speak of it');
    }
  });

  test('is known by its headers, with whatever status, and when its page is compressed', async () => {
    const challenge = rejected('challenge_page', /Cloudflare/);
    for (const status of [200, 403, 503]) {
      await assert.rejects(answerTo({ status, body: 'x', headers: { 'cf-mitigated': 'challenge' } }), challenge);
    }
    await assert.rejects(
      answerTo({ status: 202, headers: { 'x-amzn-waf-action': 'challenge' } }),
      rejected('challenge_page', /AWS WAF/),
    );
    const body = zlib.gzipSync(checks[0]?.[1] ?? '');
    await assert.rejects(answerTo({ status: 403, body, headers: { 'content-encoding': 'gzip' } }), challenge);
  });

  test('is not any error page of theirs, and none that is long or cannot be read', async () => {
    const limited = '<div id="cf-error-details">You are being rate limited</div>';
    await assert.rejects(answerTo({ status: 429, body: limited }), transient(/429/));
    await assert.rejects(answerTo({ status: 403, body: 'no' }), rejected('http_error', /403/));
    const long = `${'x'.repeat(100_000)}_cf_chl_opt`;
    await assert.rejects(answerTo({ status: 403, body: long }), rejected('http_error', /403/));
    await assert.rejects(
      answerTo((_request, response) => {
        response.writeHead(403);
        response.end(long);
        return undefined;
      }),
      rejected('http_error', /403/),
    );
    const broken = { status: 403, body: '_cf_chl_opt', headers: { 'content-encoding': 'gzip' } };
    await assert.rejects(answerTo(broken), rejected('http_error', /403/));
  });
});

suite('a server that is asked too often', () => {
  test('says when as GitHub does', async () => {
    const resetIn = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
    for (const status of [403, 429]) {
      for (const [reset, least, most] of [
        [resetIn(600), 590_000, 600_000],
        [resetIn(-600), 0, 0],
        [resetIn(999_999_999), 86_400_000, 86_400_000],
        ['90', 90_000, 90_000],
      ] as const) {
        const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
        await assert.rejects(answerTo({ status, headers, body: '{}' }), (error) => {
          assert.ok(error instanceof TransientError);
          const { retryAfterMs = -1 } = error;
          assert.ok(retryAfterMs >= least && retryAfterMs <= most, `${reset}: ${retryAfterMs}`);
          return true;
        });
      }
      const both = { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetIn(600) };
      await assert.rejects(answerTo({ status, headers: both }), transient(/later/, 7_000));
    }
  });

  test('is not meant by a refusal while requests are left', async () => {
    const left = { 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '90' };
    await assert.rejects(answerTo({ status: 403, headers: left }), rejected('http_error', /403/));
    const garbled = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' };
    await assert.rejects(answerTo({ status: 403, headers: garbled }), rejected('http_error', /403/));
  });
});

test('a status of LinkedIn’s own means that it wants a login', async () => {
  await assert.rejects(answerTo({ status: 999, body: 'x' }), rejected('login_required', /999.*export of your data/));
});

suite('a POST', () => {
  const body = { mediaType: 'application/json', text: '[{"query":"Grüße"}]' };
  const echo: Route = async (request) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return { body: `${request.method} ${request.headers['content-type']} ${text}` };
  };

  test('sends its body as what it is', async () => {
    assert.equal(await answerTo(echo, { body }), `POST application/json ${body.text}`);
  });

  test('becomes a GET along most redirects, and stays one where it must', async () => {
    for (const [status, expected] of [
      [301, 'GET undefined '],
      [302, 'GET undefined '],
      [303, 'GET undefined '],
      [307, `POST application/json ${body.text}`],
      [308, `POST application/json ${body.text}`],
    ] as const) {
      await using server = await ReplicaServer.start({
        routes: { '/': { status, headers: { location: '/next' } }, '/next': echo },
      });
      await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
      const result = await fetcher.fetch(server.url('/'), { signal, body });
      assert.equal(result.status === 'ok' && result.text, expected, String(status));
    }
  });

  test('never brings its body to another host', async () => {
    await using other = await ReplicaServer.start({ routes: { '/': echo } });
    for (const status of [307, 308]) {
      const elsewhere = { status, headers: { location: other.url('/') } };
      await assert.rejects(answerTo(elsewhere, { body }), rejected('bad_redirect', /to another host, http/));
    }
    assert.equal(other.requests.length, 0);
    assert.equal(await answerTo({ status: 302, headers: { location: other.url('/') } }, { body }), 'GET undefined ');
  });
});

test('a request may take less, or more, than the fetcher would', async () => {
  await assert.rejects(answerTo({ body: 'x'.repeat(101) }, { maxBytes: 100 }), rejected('too_large', /100 bytes/));
  assert.equal(await answerTo({ body: 'x'.repeat(100) }, { maxBytes: 100 }), 'x'.repeat(100));
  await using server = await ReplicaServer.start({ routes: { '/': { body: 'x'.repeat(1000) } } });
  await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test', maxBytes: 10 });
  assert.equal((await fetcher.fetch(server.url('/'), { signal, maxBytes: 1000 })).status, 'ok');
});
