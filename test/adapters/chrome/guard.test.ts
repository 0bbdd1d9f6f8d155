import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { DnsHostResolver } from '../../../runtime/adapters/http/dns-host-resolver.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import type { HostResolver } from '../../../runtime/ports/host-resolver.ts';
import { selfSignedCertificate } from '../../replica/certificate.ts';
import { page, ReplicaServer } from '../../replica/server.ts';
import { impolite, openPool } from './open-pool.ts';

const signal = new AbortController().signal;

/** Public names that are at the loopback, as if it were the internet; addresses themselves are refused. */
const internet: HostResolver = {
  resolve: async (hostname) => {
    if (/\.example$/.test(hostname)) return ['127.0.0.1'];
    return await new DnsHostResolver({ allowPrivate: false }).resolve(hostname);
  },
};

const forbidden = (error: unknown): boolean => error instanceof RejectedInput && error.reason === 'forbidden_address';

test('a page, a redirect, a frame, a request of a script or a WebSocket reaches no private address', async () => {
  await using inside = await ReplicaServer.start({ routes: { '/secret': { body: page('Secret', 'Secret') } } });
  const secret = inside.url('/secret');
  await using site = await ReplicaServer.start({
    routes: {
      '/redirect': { status: 302, headers: { location: secret } },
      '/script': { body: page('Moves', `<script>location.href = '${secret}'</script>`) },
      '/page': {
        body: page(
          'Page',
          `<p>Text</p><iframe src="${secret}"></iframe><link rel=stylesheet href="${secret}"><script src="${secret}"></script>
          <script>
            const done = document.createElement('i');
            const socket = new WebSocket('${secret.replace('http', 'ws')}');
            const failed = new Promise((resolve) => socket.addEventListener('error', resolve));
            Promise.allSettled([fetch('${secret}', { mode: 'no-cors' }), fetch('http://localhost:${inside.port}/secret'), failed])
              .then(() => document.body.append(done));
          </script>`,
        ),
      },
    },
  });
  await using open = await openPool({ resolver: internet });
  const visit = (url: string) => open.pool.visit(url, { signal }, (opened) => opened.waitFor('i', 5_000));
  const origin = `http://blog.example:${site.port}`;
  assert.equal(await visit(`${origin}/page`), true);
  await assert.rejects(visit(secret), forbidden);
  await assert.rejects(visit(`${origin}/redirect`), forbidden);
  await visit(`${origin}/script`).catch(() => {});
  assert.deepEqual(inside.requests, []);
});

test('neither WebRTC nor QUIC goes around the proxy', async () => {
  const udp = createSocket('udp4');
  let packets = 0;
  udp.on('message', () => {
    packets += 1;
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  let connections = 0;
  const tcp = createServer((socket: Socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const tcpAddress = tcp.address();
  const tcpPort = tcpAddress !== null && typeof tcpAddress === 'object' ? tcpAddress.port : 0;
  await using site = await ReplicaServer.start({
    routes: {
      '/': {
        body: page(
          'Peers',
          `<script>
            const peer = new RTCPeerConnection({ iceServers: [
              { urls: 'stun:127.0.0.1:${udp.address().port}' },
              { urls: 'turn:127.0.0.1:${udp.address().port}', username: 'a', credential: 'b' },
              { urls: 'turn:127.0.0.1:${tcpPort}?transport=tcp', username: 'a', credential: 'b' },
            ] });
            peer.createDataChannel('a');
            peer.createOffer().then((offer) => peer.setLocalDescription(offer));
            try { new WebTransport('https://127.0.0.1:${udp.address().port}/').ready.catch(() => {}); } catch {}
            setTimeout(() => document.body.append(document.createElement('i')), 1_500);
          </script>`,
        ),
      },
    },
  });
  try {
    await using open = await openPool({ resolver: internet });
    const url = `http://blog.example:${site.port}/`;
    assert.equal(await open.pool.visit(url, { signal }, (opened) => opened.waitFor('i', 8_000)), true);
    assert.deepEqual({ packets, connections }, { packets: 0, connections: 0 });
  } finally {
    udp.close();
    tcp.close();
  }
});

/** A proxy that answers every tunnel with a server of ours, and wants a password. */
async function startProxy(targetPort: number) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (head) => {
      const text = head.toString('latin1');
      asked.push(text.split('\r\n', 1)[0] ?? '');
      if (!text.includes(`Basic ${Buffer.from('ada:s p').toString('base64')}`)) {
        socket.end('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n');
      } else if (text.startsWith('CONNECT')) {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const remote = connect(targetPort, '127.0.0.1');
        remote.on('error', () => socket.destroy());
        socket.pipe(remote).pipe(socket);
      } else {
        socket.end(
          'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 16\r\nconnection: close\r\n\r\n<p>By proxy</p>\n',
        );
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { asked, port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('a configured proxy is gone through, with its password, and its authority is trusted', async () => {
  const certificate = selfSignedCertificate();
  await using site = await ReplicaServer.start({
    tls: certificate,
    routes: { '/': { body: page('Secure', '<p>Over TLS</p>') } },
  });
  await using proxy = await startProxy(site.port);
  const url = `http://ada:s%20p@127.0.0.1:${proxy.port}`;
  const visit = async (link: string, options: { url: string; authority?: string }) => {
    await using open = await openPool({ resolver: internet, proxy: options });
    return await open.pool.visit(link, { signal }, (opened) => opened.html());
  };
  assert.match(await visit('https://blog.example/', { url, authority: certificate.cert }), /Over TLS/);
  assert.match(await visit('http://blog.example/', { url }), /By proxy/);
  await assert.rejects(visit('https://blog.example/', { url }), TransientError, 'an authority that nobody trusts');
  await assert.rejects(visit('https://blog.example/', { url: url.replace('ada', 'bob') }), TransientError);
  await assert.rejects(visit('http://127.0.0.1:8080/', { url }), forbidden);
  assert.ok(proxy.asked.includes('CONNECT blog.example:443 HTTP/1.1'));
  assert.ok(
    proxy.asked.every((line) => /^(?:CONNECT blog\.example:443|GET http:\/\/blog\.example\/)/.test(line)),
    proxy.asked.join(),
  );
});

test('each navigation waits for its turn, and a turn that is refused asks nobody', async () => {
  await using site = await ReplicaServer.start({
    routes: { '/a': { body: page('A', 'A') }, '/b': { body: page('B', 'B') } },
  });
  const scheduled: string[] = [];
  await using open = await openPool({
    politeness: {
      schedule: async (url, abort, task) => {
        scheduled.push(url.pathname);
        if (url.pathname === '/c') throw new RejectedInput('robots_disallowed', 'not allowed');
        return await impolite.schedule(url, abort, task);
      },
    },
  });
  await open.pool.visit(site.url('/a'), { signal }, (opened) => opened.goTo(site.url('/b')));
  await assert.rejects(
    open.pool.visit(site.url('/c'), { signal }, async () => {}),
    (error) => error instanceof RejectedInput && error.reason === 'robots_disallowed',
  );
  assert.deepEqual(scheduled, ['/a', '/b', '/c']);
  assert.equal(site.hits('/c'), 0);
});
