import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { TransientError } from '../../../runtime/domain/errors.ts';
import { rawServer } from '../../replica/raw-server.ts';
import { ReplicaServer } from '../../replica/server.ts';

const patient = new AbortController().signal;

const unfinished = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart';

function openFetcher(): HttpFetcher {
  return new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
}

suite('stopping', () => {
  test('before, during the wait and in the middle of a body ends with the reason of the signal', async () => {
    const reason = new DOMException('stopping', 'AbortError');
    await using fetcher = openFetcher();
    await assert.rejects(fetcher.fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort(reason) }), reason);
    for (const start of ['', unfinished]) {
      const controller = new AbortController();
      await using server = await rawServer((socket) => {
        socket.write(start, () => setTimeout(() => controller.abort(reason), 10));
      });
      await assert.rejects(fetcher.fetch(server.url, { signal: controller.signal }), (error) => error === reason);
      await server.allClosed();
    }
  });

  test('leaves no listener behind on a signal that lives on', async () => {
    await using server = await ReplicaServer.start({ routes: { '/': { body: 'x' } } });
    await using fetcher = openFetcher();
    const controller = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = controller.signal;
    controller.signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(controller.signal, parameters);
    };
    controller.signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(controller.signal, parameters);
    };
    for (let count = 0; count < 3; count++) {
      await fetcher.fetch(server.url('/'), { signal: controller.signal });
    }
    await assert.rejects(fetcher.fetch(server.url('/missing'), { signal: controller.signal }));
    assert.equal(listeners, 0);
  });

  test('closes every connection, and ends what is under way with an error', async () => {
    await using server = await rawServer((socket) => socket.write(unfinished));
    const fetcher = openFetcher();
    const pending = fetcher.fetch(server.url, { signal: patient });
    const ended = assert.rejects(pending, TransientError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await fetcher[Symbol.asyncDispose]();
    await ended;
    await server.allClosed();
  });

  test('a process that is done is not kept alive by idle connections', async () => {
    await using server = await ReplicaServer.start({
      routes: { '/': { body: 'x' }, '/gone': { status: 410, body: 'x' } },
    });
    const module = new URL('../../../runtime/adapters/http/http-fetcher.ts', import.meta.url).href;
    const script = `
      import { HttpFetcher } from ${JSON.stringify(module)};
      const fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
      const signal = new AbortController().signal;
      await fetcher.fetch(${JSON.stringify(server.url('/'))}, { signal });
      await fetcher.fetch(${JSON.stringify(server.url('/gone'))}, { signal }).catch((error) => console.log(error.reason));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 20_000,
    });
    assert.equal(stdout, 'gone\n');
  });
});

suite('connections', () => {
  test('are used again for the next page, also after errors, redirects and 304', async () => {
    await using server = await ReplicaServer.start({
      routes: {
        '/': { body: 'x'.repeat(50_000) },
        '/moved': { status: 302, headers: { location: '/' }, body: 'moved' },
        '/same': { status: 304 },
        '/broken': { status: 500, body: 'x'.repeat(5000) },
      },
    });
    await using fetcher = openFetcher();
    for (let count = 0; count < 3; count++) {
      await fetcher.fetch(server.url('/'), { signal: patient });
      await fetcher.fetch(server.url('/moved'), { signal: patient });
      await fetcher.fetch(server.url('/same'), { signal: patient, etag: '"1"' });
      await assert.rejects(fetcher.fetch(server.url('/missing'), { signal: patient }));
      await assert.rejects(fetcher.fetch(server.url('/broken'), { signal: patient }));
    }
    assert.deepEqual(new Set(server.requests.map(({ connection }) => connection)), new Set([0]));
  });

  test('are as many as there are pages fetched at once, and pages do not get mixed up', async () => {
    await using server = await ReplicaServer.start({
      routes: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`/${index}`, { body: `page ${index}` }])),
    });
    await using fetcher = openFetcher();
    const texts = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const result = await fetcher.fetch(server.url(`/${index}`), { signal: patient });
        return result.status === 'ok' && result.text;
      }),
    );
    assert.deepEqual(
      texts,
      Array.from({ length: 30 }, (_, index) => `page ${index}`),
    );
  });
});
