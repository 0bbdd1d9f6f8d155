import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { type FetchTimeouts, HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { rawServer } from '../../replica/raw-server.ts';

const patient = new AbortController().signal;

function fetcherWith(options: { timeouts?: Partial<FetchTimeouts>; maxBytes?: number } = {}): HttpFetcher {
  return new HttpFetcher({ allowPrivate: true, userAgent: 'test', ...options });
}

/** Fetches once from a server that follows `script`. */
async function fetchFrom(
  script: (socket: Socket) => void,
  options: { timeouts?: Partial<FetchTimeouts>; maxBytes?: number } = {},
): Promise<string> {
  await using server = await rawServer(script);
  await using fetcher = fetcherWith(options);
  const result = await fetcher.fetch(server.url, { signal: patient });
  assert(result.status === 'ok');
  return result.text;
}

const head = (...headers: readonly string[]) => `${['HTTP/1.1 200 OK', ...headers].join('\r\n')}\r\n\r\n`;

function transient(message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof TransientError, String(error));
    assert.match(error.message, message);
    return true;
  };
}

function rejected(reason: string, message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof RejectedInput, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, message);
    return true;
  };
}

suite('a server that is too slow', { concurrency: true }, () => {
  test('never answers', async () => {
    await assert.rejects(
      fetchFrom(() => undefined, { timeouts: { headersMs: 50 } }),
      transient(/^cannot fetch http:\/\/127.*: no answer within 0\.05 s$/),
    );
  });

  test('sends headers and stalls', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.write(`${head('content-length: 100')}part`), { timeouts: { bodyMs: 50 } }),
      transient(/stopped in the middle, and sent nothing for 0\.05 s/),
    );
  });

  test('sends a little now and then, for ever', async () => {
    const drip = (socket: Socket) => {
      socket.write(head('content-length: 1000000'));
      const timer = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(timer));
    };
    await assert.rejects(
      fetchFrom(drip, { timeouts: { totalMs: 100 } }),
      transient(/did not come to an end within 0\.1 s/),
    );
  });

  test('does not even tell its address', async () => {
    await using fetcher = new HttpFetcher({
      resolver: { resolve: () => new Promise(() => undefined) },
      userAgent: 'test',
      timeouts: { connectMs: 50 },
    });
    await assert.rejects(
      fetcher.fetch('http://slow.example/', { signal: patient }),
      transient(/no connection within 0\.05 s/),
    );
  });

  test('redirects on and on, each time just quick enough', async () => {
    let hop = 0;
    const script = (socket: Socket) => {
      setTimeout(() => socket.write(`HTTP/1.1 302 Found\r\nlocation: /${++hop}\r\ncontent-length: 0\r\n\r\n`), 40);
    };
    await assert.rejects(fetchFrom(script, { timeouts: { totalMs: 150 } }), transient(/within 0\.15 s/));
    assert(hop < 10);
  });
});

suite('a server that sends too much', () => {
  const maxBytes = 100_000;

  test('says so beforehand, and nothing is read', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.write(head('content-length: 100001')), { maxBytes }),
      rejected('too_large', /^cannot fetch http.*: it is larger than 100,000 bytes, the most that is read$/),
    );
  });

  test('never ends', async () => {
    const endless = (socket: Socket) => {
      socket.write(head('transfer-encoding: chunked'));
      const more = () => {
        while (socket.writable && socket.write(`400\r\n${'x'.repeat(0x400)}\r\n`)) {
          // until the client reads no more
        }
      };
      socket.on('drain', more);
      more();
    };
    await using server = await rawServer(endless);
    await using fetcher = fetcherWith({ maxBytes });
    await assert.rejects(fetcher.fetch(server.url, { signal: patient }), rejected('too_large', /larger/));
    await server.allClosed();
  });

  test('does so with an error, whose body nobody reads', async () => {
    await using server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 404 Not Found\r\ncontent-length: 10000000\r\n\r\n${'x'.repeat(1_000_000)}`);
    });
    await using fetcher = fetcherWith();
    await assert.rejects(fetcher.fetch(server.url, { signal: patient }), rejected('not_found', /404/));
    await server.allClosed();
  });

  test('compresses it', async () => {
    const zeros = Buffer.alloc(5_000_000);
    for (const [encoding, bomb] of [
      ['gzip', zlib.gzipSync(zeros)],
      ['br', zlib.brotliCompressSync(zeros)],
      ['zstd', zlib.zstdCompressSync(zeros)],
    ] as const) {
      const script = (socket: Socket) => {
        socket.write(head(`content-encoding: ${encoding}`, `content-length: ${bomb.length}`));
        socket.write(bomb);
      };
      await assert.rejects(fetchFrom(script, { maxBytes }), rejected('too_large', /larger/), encoding);
    }
  });

  test('has exactly as much as is allowed, which is fine', async () => {
    const body = 'x'.repeat(maxBytes);
    const text = await fetchFrom((socket) => socket.write(`${head(`content-length: ${maxBytes}`)}${body}`), {
      maxBytes,
    });
    assert.equal(text.length, maxBytes);
  });

  test('has endless headers', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}\r\n\r\n`)),
      rejected('bad_response', /not HTTP/),
    );
  });
});

suite('a connection that breaks', () => {
  test('is refused', async () => {
    const server = await rawServer(() => undefined);
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await using fetcher = fetcherWith();
    await assert.rejects(fetcher.fetch(url, { signal: patient }), transient(/refuses connections/));
  });

  test('is reset, or closed, before an answer or inside of one', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.resetAndDestroy()),
      transient(/connection failed/),
    );
    await assert.rejects(
      fetchFrom((socket) => socket.end()),
      transient(/connection failed/),
    );
    await assert.rejects(
      fetchFrom((socket) => {
        socket.write(`${head('content-length: 100')}part`, () => socket.resetAndDestroy());
      }),
      transient(/connection failed/),
    );
  });

  test('ends before the length that was promised', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.end(`${head('content-length: 100')}part`)),
      TransientError,
    );
  });

  test('ends in the middle of a chunked body', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.end(`${head('transfer-encoding: chunked')}5\r\nhel`)),
      TransientError,
    );
    await assert.rejects(
      fetchFrom((socket) => socket.end(`${head('transfer-encoding: chunked')}5\r\nhello\r\n`)),
      TransientError,
    );
  });

  test('ends in the middle of compressed data', async () => {
    for (const [encoding, whole] of [
      ['gzip', zlib.gzipSync('x'.repeat(10_000))],
      ['br', zlib.brotliCompressSync('x'.repeat(10_000))],
      ['zstd', zlib.zstdCompressSync('x'.repeat(10_000))],
    ] as const) {
      const script = (socket: Socket) => {
        socket.write(head(`content-encoding: ${encoding}`));
        socket.end(whole.subarray(0, whole.length - 4));
      };
      await assert.rejects(fetchFrom(script), transient(/ends too early/), encoding);
    }
  });

  test('ends a body without a length, which is the end of the body', async () => {
    assert.equal(await fetchFrom((socket) => socket.end(`${head('connection: close')}all of it`)), 'all of it');
  });
});

suite('a response that is not one', () => {
  test('has chunks of no size', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.write(`${head('transfer-encoding: chunked')}zz\r\nhello\r\n0\r\n\r\n`)),
      rejected('bad_response', /not HTTP/),
    );
  });

  test('is another protocol', async () => {
    await assert.rejects(
      fetchFrom((socket) => socket.write('220 mail.example ESMTP\r\n')),
      rejected('bad_response', /not HTTP/),
    );
  });

  test('has a status that no page has', async () => {
    for (const status of ['099 Low', '101 Switching Protocols']) {
      await assert.rejects(
        fetchFrom((socket) => socket.write(`HTTP/1.1 ${status}\r\n\r\n`)),
        rejected('bad_response', /not HTTP/),
      );
    }
  });

  test('is in an unknown encoding, or not in the one it names', async () => {
    const reply = (encoding: string) => (socket: Socket) =>
      socket.write(`${head(`content-encoding: ${encoding}`, 'content-length: 5')}hello`);
    await assert.rejects(
      fetchFrom(reply('rot13')),
      rejected('bad_response', /"rot13" is not known; accepted are gzip/),
    );
    await assert.rejects(fetchFrom(reply('gzip')), rejected('bad_response', /not valid gzip data/));
  });

  test('of whatever bytes ends in a result or an error of the domain', async () => {
    let reply: Uint8Array = Buffer.alloc(0);
    await using server = await rawServer((socket) => socket.end(reply));
    await using fetcher = fetcherWith();
    const anyReply = fc.oneof(
      fc.uint8Array(),
      fc
        .tuple(
          fc.constantFrom(head(), head('transfer-encoding: chunked'), head('content-encoding: br')),
          fc.uint8Array(),
        )
        .map(([start, rest]) => Buffer.concat([Buffer.from(start), rest])),
      fc.array(fc.string({ unit: 'binary-ascii' })).map((headers) => Buffer.from(head(...headers))),
    );
    await fc.assert(
      fc.asyncProperty(anyReply, async (bytes) => {
        reply = bytes;
        const outcome = await fetcher.fetch(server.url, { signal: patient }).catch((error: unknown) => error);
        const expected = outcome instanceof RejectedInput || outcome instanceof TransientError;
        assert(expected || (!(outcome instanceof Error) && outcome !== undefined), String(outcome));
      }),
    );
  });
});
