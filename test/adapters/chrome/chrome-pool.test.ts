import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { page, ReplicaServer } from '../../replica/server.ts';
import { openPool } from './open-pool.ts';
import { processesUnder } from './processes-under.ts';

const signal = new AbortController().signal;

function rejectedAs(reason: string) {
  return (error: unknown): boolean => error instanceof RejectedInput && error.reason === reason;
}

test('a page that scripts build is read as a reader sees it, under our own name', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/': { body: page('Built', '<script>document.body.innerHTML = "<p id=built>Made by a script</p>"</script>') },
    },
  });
  await using open = await openPool();
  const html = await open.pool.visit(site.url('/'), { signal }, async (opened) => {
    assert.equal(await opened.waitFor('#built', 2_000), true);
    assert.equal(await opened.waitFor('#never', 200), false);
    assert.equal(await opened.url(), site.url('/'));
    return await opened.html();
  });
  assert.match(html, /^<!doctype html><html lang="en">.*<p id="built">Made by a script<\/p>/s);
  assert.equal(site.requests[0]?.headers['user-agent'], 'Twinstream/0.1 (+https://example.com/contact)');
});

test('scrolling ends with the page, with enough, or after so many steps', async () => {
  const feed = (limit: number) =>
    page(
      'Feed',
      `<div id=feed></div><script>
        let shown = 0;
        const more = () => {
          for (let i = 0; i < 10 && shown < ${limit}; i++) {
            const item = document.createElement('p');
            item.style.height = '200px';
            item.textContent = 'Item ' + ++shown;
            document.getElementById('feed').append(item);
          }
        };
        more();
        addEventListener('scroll', () => {
          if (scrollY + innerHeight >= document.documentElement.scrollHeight - 5) setTimeout(more, 50);
        });
      </script>`,
    );
  await using site = await ReplicaServer.start({
    routes: { '/ends': { body: feed(45) }, '/endless': { body: feed(Number.MAX_SAFE_INTEGER) } },
  });
  await using open = await openPool();
  const items = (html: string) => html.match(/<p style/g)?.length ?? 0;
  await open.pool.visit(site.url('/ends'), { signal }, async (opened) => {
    await opened.scrollToEnd({ patienceMs: 1_000 });
    assert.equal(items(await opened.html()), 45);
  });
  await open.pool.visit(site.url('/endless'), { signal }, async (opened) => {
    const steps = await opened.scrollToEnd({ enough: (html) => items(html) >= 30, maxSteps: 20 });
    assert.ok(steps < 20, `${steps} steps`);
    assert.equal(await opened.scrollToEnd({ maxSteps: 3 }), 3);
    assert.ok(items(await opened.html()) >= 60);
  });
});

test('dialogs and windows hold nothing up, and pictures and downloads are not fetched', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/': {
        body: page(
          'Storm',
          `<p>Text</p><img src="/image.png"><video src="/video.mp4" preload=auto></video>
          <style>@font-face { font-family: own; src: url(/own.woff2) } p { font-family: own }</style>
          <iframe src="/frame"></iframe>
          <script>
            for (let i = 0; i < 500; i++) { alert(i); confirm(i); prompt(i); window.open('/popup'); }
            addEventListener('beforeunload', (event) => event.preventDefault());
          </script>`,
        ),
      },
      '/frame': { body: page('Frame', '<img src="/framed.png"><script>alert(1); open("/popup")</script>') },
      '/popup': { body: page('Popup', 'Buy') },
      '/file': { headers: { 'content-disposition': 'attachment; filename=a.bin' }, body: 'data' },
      '/next': { body: page('Next', '<p>Next</p>') },
    },
  });
  await using open = await openPool();
  await open.pool.visit(site.url('/'), { signal }, async (opened) => {
    await opened.waitFor('p', 1_000);
    await opened.click('p');
    await opened.goTo(site.url('/next'));
    assert.match(await opened.html(), /<p>Next/);
  });
  await assert.rejects(
    open.pool.visit(site.url('/file'), { signal }, async () => 'shown'),
    rejectedAs('bad_response'),
  );
  for (const path of ['/image.png', '/framed.png', '/video.mp4', '/own.woff2', '/popup']) {
    assert.equal(site.hits(path), 0, path);
  }
  assert.equal(site.hits('/frame'), 1);
});

test('what a site answers is told as a fetcher tells it', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/gone': { status: 410, body: page('Gone', 'Gone') },
      '/teapot': { status: 418, body: page('Tea', 'Tea') },
      '/busy': { status: 503, headers: { 'retry-after': '7' }, body: page('Busy', 'Busy') },
      '/check': { status: 403, headers: { 'cf-mitigated': 'challenge' }, body: page('Just a moment...', '') },
      '/circle': { status: 302, headers: { location: '/circle' } },
      '/file': { status: 302, headers: { location: 'file:///etc/passwd' } },
      '/cut': (_request, response) => void response.destroy(),
    },
  });
  await using open = await openPool();
  const visit = (url: string) => open.pool.visit(url, { signal }, (opened) => opened.html());
  const closed = await ReplicaServer.start();
  const closedPort = closed.port;
  await closed[Symbol.asyncDispose]();
  await assert.rejects(visit(site.url('/missing')), rejectedAs('not_found'));
  await assert.rejects(visit(site.url('/gone')), rejectedAs('gone'));
  await assert.rejects(visit(site.url('/teapot')), rejectedAs('http_error'));
  await assert.rejects(visit(site.url('/check')), rejectedAs('challenge_page'));
  await assert.rejects(visit(site.url('/circle')), rejectedAs('too_many_redirects'));
  await assert.rejects(visit(site.url('/file')), rejectedAs('bad_redirect'));
  await assert.rejects(
    visit(site.url('/busy')),
    (error) => error instanceof TransientError && error.retryAfterMs === 7_000,
  );
  await assert.rejects(visit(site.url('/cut')), TransientError);
  await assert.rejects(visit('http://127.0.0.1:1/'), rejectedAs('bad_link'));
  await assert.rejects(visit(`http://127.0.0.1:${closedPort}/`), TransientError);
  for (const link of [
    'file:///etc/passwd',
    'data:text/html,x',
    'chrome://version',
    'javascript:1',
    'view-source:http://a/',
  ]) {
    await assert.rejects(visit(link), rejectedAs('unsupported_scheme'), link);
  }
  await assert.rejects(visit('http://user:word@127.0.0.1/'), rejectedAs('bad_link'));
});

test('a page that never ends is used as far as it came, when it came to anything', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/endless': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.write(`<p>First part</p>${' '.repeat(5_000)}`);
        return undefined;
      },
      '/silent': () => undefined,
      '/spins': { body: '<p>Never</p><script>while (true);</script>' },
      '/fine': { body: page('Fine', '<p>Fine</p>') },
    },
  });
  await using open = await openPool({ timeouts: { loadMs: 1_000, scriptMs: 1_000 } });
  const visit = (path: string) => open.pool.visit(site.url(path), { signal }, (opened) => opened.html());
  assert.match(await visit('/endless'), /First part/);
  await assert.rejects(visit('/silent'), TransientError);
  await assert.rejects(visit('/spins'), TransientError);
  assert.match(await visit('/fine'), /Fine/);
});

const keeper = page(
  'Keeper',
  `<p id=told></p><script>
    document.getElementById('told').textContent = [document.cookie, localStorage.getItem('kept')].join(' ');
    document.cookie = 'script=1';
    localStorage.setItem('kept', 'stored');
  </script>`,
);

test('visits without a name share nothing, and those of one name share all, also over a change of browsers', async () => {
  await using site = await ReplicaServer.start({
    routes: { '/': { headers: { 'set-cookie': ['server=1; Path=/'] }, body: keeper } },
  });
  await using open = await openPool({ pagesEach: 3 });
  const told = async (session?: string) =>
    await open.pool.visit(site.url('/'), { signal, session }, async (opened) => {
      const html = await opened.html();
      return {
        told: /id="told">(.*?)<\/p>/.exec(html)?.[1],
        sent: site.requests.findLast(({ path }) => path === '/')?.headers.cookie,
      };
    });
  const nothing = { told: 'server=1 ', sent: undefined };
  const all = { told: 'server=1; script=1 stored', sent: 'server=1; script=1' };
  assert.deepEqual(await told(), nothing);
  assert.deepEqual(await told(), nothing);
  assert.deepEqual(await told('ada'), nothing);
  assert.deepEqual(await told('ada'), all);
  assert.deepEqual(await told(), nothing, 'takes the place of the browser of the session');
  assert.deepEqual(await told('bob'), nothing);
  for (let visit = 0; visit < 4; visit += 1) assert.deepEqual(await told('ada'), all);
});

test('cookies that a visit brings are sent with its first request, and to their own site only', async () => {
  await using site = await ReplicaServer.start({ routes: { '/': { body: page('Home', 'Home') } } });
  await using open = await openPool();
  const cookies = [
    { name: 'mine', value: '1', domain: '127.0.0.1', secure: false },
    { name: 'other', value: '1', domain: 'example.com', secure: false },
  ];
  await open.pool.visit(site.url('/'), { signal, cookies }, async () => {});
  await open.pool.visit(site.url('/'), { signal }, async () => {});
  assert.deepEqual(
    site.requests.filter(({ path }) => path === '/').map(({ headers }) => headers.cookie),
    ['mine=1', undefined],
  );
});

test('a form is filled in and sent; a selector that finds nothing is named', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/login': {
        body: page(
          'Log in',
          '<form action=/feed><input id=name name=name><input type=password name=word><button>Go</button></form>',
        ),
      },
      '/feed': { body: page('Feed', '<p>Welcome</p>') },
    },
  });
  await using open = await openPool();
  await open.pool.visit(site.url('/login'), { signal }, async (opened) => {
    await opened.type('#name', 'ada');
    await opened.type('input[type=password]', 'secret');
    await opened.click('button');
    assert.equal(await opened.url(), site.url('/feed?name=ada&word=secret'));
  });
  const failing = open.pool.visit(site.url('/feed'), { signal }, (opened) => opened.click('#nothing'));
  await assert.rejects(failing, rejectedAs('selector_not_found'));
  assert.equal((await readdir(join(open.home, 'screenshots'))).length, 1);
});

test('a failure is pictured for its owner only, but not where a password may be seen', async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/': { body: page('Wrong', '<h1>Something else</h1>') },
      '/login': { body: page('Log in', '<input type=password value=secret>') },
    },
  });
  await using open = await openPool();
  const fail = async (): Promise<never> => {
    throw new RejectedInput('selector_not_found', 'no posts');
  };
  await assert.rejects(open.pool.visit(site.url('/login'), { signal }, fail), /^RejectedInput: no posts$/);
  const error = await open.pool.visit(site.url('/'), { signal }, fail).catch((reason: unknown) => reason);
  assert.ok(error instanceof RejectedInput && error.reason === 'selector_not_found');
  const path = /^no posts \(screenshot: (.*)\)$/.exec(error.message)?.[1] ?? '';
  const { mode, size } = await stat(path);
  assert.equal(mode & 0o777, 0o600);
  assert.ok(size > 1_000);
});

test('a failure that cannot be pictured is told as it was', async () => {
  await using site = await ReplicaServer.start({ routes: { '/': { body: page('Plain', '<p>Nothing secret</p>') } } });
  await using open = await openPool();
  await writeFile(join(open.home, 'screenshots'), 'a file where a folder should be');
  const failure = new RejectedInput('bad_response', 'no posts');
  await assert.rejects(
    open.pool.visit(site.url('/'), { signal }, () => Promise.reject(failure)),
    (error) => error === failure,
  );
});

test('folders whose owner cannot be told are left alone by a pool that is at work', async () => {
  await using site = await ReplicaServer.start({ routes: { '/': { body: page('Plain', '<p>Text</p>') } } });
  await using open = await openPool();
  const folder = join(open.home, 'temporary', 'chrome-unowned');
  await mkdir(folder, { recursive: true });
  await open.pool.visit(site.url('/'), { signal }, async () => {});
  assert.ok((await stat(folder)).isDirectory());
});

test('browsers are replaced after so many pages, and when they have grown too large', async () => {
  await using site = await ReplicaServer.start({ routes: { '/': { body: page('Home', 'Home') } } });
  const browsersOf = async (options: { pagesEach?: number; megabytesEach?: number }) => {
    await using open = await openPool(options);
    const seen = new Set<string>();
    for (let visit = 0; visit < 4; visit += 1) {
      await open.pool.visit(site.url('/'), { signal }, async () => {
        for (const name of await readdir(join(open.home, 'temporary'))) seen.add(name);
      });
    }
    return seen.size;
  };
  assert.equal(await browsersOf({}), 1);
  assert.equal(await browsersOf({ pagesEach: 2 }), 2);
  assert.equal(await browsersOf({ megabytesEach: 1 }), 4);
});

test('an abort ends a visit at once, whether it runs or waits for its turn', async () => {
  await using site = await ReplicaServer.start({ routes: { '/silent': () => undefined } });
  await using open = await openPool();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const visits = [running, waiting].map((controller) =>
    open.pool.visit(site.url('/silent'), { signal: controller.signal }, async () => {}),
  );
  const outcomes = Promise.allSettled(visits);
  while (site.hits('/silent') === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const started = Date.now();
  waiting.abort(new Error('waiting'));
  running.abort(new Error('running'));
  const reasons = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.message);
  assert.deepEqual(reasons, ['running', 'waiting']);
  assert.ok(Date.now() - started < 3_000);
  assert.deepEqual(await readdir(join(open.home, 'temporary')), []);
});

test('200 pages, some of which crash or hang, leave no process and no folder behind', {
  timeout: 120_000,
}, async () => {
  await using site = await ReplicaServer.start({
    routes: {
      '/': { body: page('Home', '<p>Home</p>') },
      '/silent': () => undefined,
      '/spins': { body: '<p>Never</p><script>while (true);</script>' },
    },
  });
  const counts = { fine: 0, failed: 0 };
  let home: string;
  {
    await using open = await openPool({ browsers: 2, pagesEach: 60, timeouts: { loadMs: 1_500, scriptMs: 1_000 } });
    home = open.home;
    const one = async (index: number) => {
      const path = index % 100 === 7 ? '/spins' : index % 100 === 13 ? '/silent' : '/';
      const crashes = index % 100 === 21;
      const session = index === 3 ? 'ada' : undefined;
      await open.pool.visit(site.url(path), { signal, session }, async (opened) => {
        if (crashes)
          for (const { pid, isRenderer } of await processesUnder(home)) if (isRenderer) process.kill(pid, 'SIGKILL');
        await opened.html();
      });
    };
    for (let first = 0; first < 200; first += 20) {
      const some = Array.from({ length: 20 }, (_, index) => one(first + index));
      for (const { status } of await Promise.allSettled(some)) counts[status === 'fulfilled' ? 'fine' : 'failed'] += 1;
    }
    await open.pool[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(join(home, 'temporary')), []);
    assert.deepEqual(await processesUnder(home), []);
  }
  assert.equal(counts.fine + counts.failed, 200);
  assert.ok(counts.failed >= 6 && counts.failed <= 12, `${counts.failed} failed`);
});
