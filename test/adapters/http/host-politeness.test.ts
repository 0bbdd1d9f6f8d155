import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ReplicaServer } from '../../replica/server.ts';
import { crawlers, rejected, timed, transient } from './crawler.ts';

const forbidding = 'User-agent: *\nDisallow: /private\nAllow: /private/but-this';

suite('robots.txt', { concurrency: true }, () => {
  test('is heeded, and the message says what its owner can do', async () => {
    await using server = await ReplicaServer.start({
      routes: { '/robots.txt': { body: forbidding }, '/': { body: 'x' }, '/private/but-this': { body: 'allowed' } },
    });
    await using crawler = await crawlers(1);
    await assert.rejects(
      crawler.first.fetch(server.url('/private/diary?page=2')),
      rejected(
        'robots_disallowed',
        /robots\.txt of 127\.0\.0\.1:\d+ asks not to fetch .*\/private\/diary\?page=2; .*ROBOTS_EXEMPT_HOSTS=127\.0\.0\.1$/,
      ),
    );
    assert.equal(await crawler.first.fetch(server.url('/private/but-this')), 'allowed');
    assert.equal(await crawler.first.fetch(server.url('/')), 'x');
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      ['/robots.txt', '/private/but-this', '/'],
    );
    assert.equal(server.requests[0]?.headers['user-agent'], 'Twinstream/0.1 (+test)');
  });

  test('is heeded along redirects, also on another host', async () => {
    await using other = await ReplicaServer.start({ routes: { '/robots.txt': { body: forbidding } } });
    await using server = await ReplicaServer.start({
      routes: {
        '/moved': { status: 302, headers: { location: '/private' } },
        '/away': { status: 302, headers: { location: other.url('/private') } },
        '/robots.txt': { body: forbidding },
      },
    });
    await using crawler = await crawlers(1);
    await assert.rejects(crawler.first.fetch(server.url('/moved')), rejected('robots_disallowed', /redirected to/));
    await assert.rejects(crawler.first.fetch(server.url('/away')), rejected('robots_disallowed', /redirected to/));
    assert.equal(server.hits('/private') + other.hits('/private'), 0);
  });

  test('of an exempt host is not even asked for', async () => {
    await using server = await ReplicaServer.start({
      routes: { '/robots.txt': { body: 'User-agent: *\nDisallow: /' }, '/': { body: 'x' } },
    });
    await using crawler = await crawlers(1, { exempt: ['127.0.0.1'] });
    assert.equal(await crawler.first.fetch(server.url('/')), 'x');
    assert.equal(server.hits('/robots.txt'), 0);
  });

  test('that is not there or not given out forbids nothing', async () => {
    for (const status of [401, 403, 404, 410, 451, 999]) {
      await using server = await ReplicaServer.start({ routes: { '/robots.txt': { status }, '/': { body: 'x' } } });
      await using crawler = await crawlers(1);
      assert.equal(await crawler.first.fetch(server.url('/')), 'x', String(status));
    }
  });

  test('that cannot be had for now forbids everything for now', async () => {
    await using server = await ReplicaServer.start({ routes: { '/': { body: 'x' } } });
    await using crawler = await crawlers(1);
    for (const robots of [{ status: 500 }, { status: 206 }, { headers: { 'content-encoding': 'rot13' }, body: 'x' }]) {
      server.routes.set('/robots.txt', robots);
      await assert.rejects(crawler.first.fetch(server.url('/')), transient(/robots\.txt/));
    }
    server.routes.set('/robots.txt', (request) => {
      request.socket.destroy();
      return undefined;
    });
    await assert.rejects(crawler.first.fetch(server.url('/')), transient(/robots\.txt: the connection failed/));
    assert.equal(server.hits('/'), 0);
    server.routes.set('/robots.txt', { status: 404 });
    assert.equal(await crawler.first.fetch(server.url('/')), 'x');
    await assert.rejects(crawler.first.fetch('http://nowhere.invalid/'), rejected('unknown_host'));
  });

  test('may be elsewhere, but not in a circle', async () => {
    await using other = await ReplicaServer.start({ routes: { '/robots': { body: forbidding } } });
    await using server = await ReplicaServer.start({
      routes: { '/robots.txt': { status: 301, headers: { location: other.url('/robots') } } },
    });
    await using crawler = await crawlers(1);
    await assert.rejects(crawler.first.fetch(server.url('/private')), rejected('robots_disallowed'));
    await using circle = await ReplicaServer.start({
      routes: { '/robots.txt': { status: 301, headers: { location: '/robots.txt' } }, '/private': { body: 'x' } },
    });
    assert.equal(await crawler.first.fetch(circle.url('/private')), 'x');
  });

  test('is heeded as far as 500 KiB', async () => {
    const filler = `${'# '.padEnd(99, 'x')}\n`;
    const huge = `User-agent: *\nDisallow: /first\n${filler.repeat(6_000)}Disallow: /last\n`;
    await using server = await ReplicaServer.start({
      routes: { '/robots.txt': { body: huge }, '/first': { body: '1' }, '/last': { body: '2' } },
    });
    await using crawler = await crawlers(1);
    await assert.rejects(crawler.first.fetch(server.url('/first')), rejected('robots_disallowed'));
    assert.equal(await crawler.first.fetch(server.url('/last')), '2');
    const stored = await crawler.first.hosts.robots(server.origin);
    assert.ok(stored !== undefined && stored.text.length <= 500 * 1024 && stored.text.endsWith('x'));
  });

  test('is asked for once, however many pages and processes want to know', async () => {
    await using server = await ReplicaServer.start({ routes: { '/robots.txt': { body: '' }, '/': { body: 'x' } } });
    await using two = await crawlers(2, { concurrency: 10 });
    await Promise.all(Array.from({ length: 10 }, () => two.first.fetch(server.url('/'))));
    assert.equal(await two.all[1]?.fetch(server.url('/')), 'x');
    assert.equal(server.hits('/robots.txt'), 1);
  });

  test('is asked for again after a day', async () => {
    await using server = await ReplicaServer.start({ routes: { '/robots.txt': { body: forbidding } } });
    await using crawler = await crawlers(1);
    const dayAgo = (minutes: number) => new Date(Date.now() - (24 * 60 + minutes) * 60_000).toISOString();
    server.routes.set('/', { body: 'x' });
    await crawler.first.hosts.rememberRobots(server.origin, {
      text: 'User-agent: *\nDisallow: /',
      fetchedAt: dayAgo(1),
    });
    assert.equal(await crawler.first.fetch(server.url('/')), 'x');
    assert.equal(server.hits('/robots.txt'), 1);
    await using other = await ReplicaServer.start();
    await crawler.first.hosts.rememberRobots(other.origin, {
      text: 'User-agent: *\nDisallow: /',
      fetchedAt: dayAgo(-1),
    });
    await assert.rejects(crawler.first.fetch(other.url('/')), rejected('robots_disallowed'));
    assert.equal(other.requests.length, 0);
  });

  test('counts as a request of its host', async () => {
    await using server = await ReplicaServer.start();
    const times = timed(server, { '/robots.txt': { body: '' }, '/': { body: 'x' } });
    await using crawler = await crawlers(1, { intervalMs: 150 });
    await crawler.first.fetch(server.url('/'));
    const [robotsAt = 0, pageAt = 0] = times;
    assert.ok(pageAt - robotsAt >= 150);
  });
});
