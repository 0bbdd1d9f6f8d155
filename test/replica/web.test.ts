import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { TemporaryFolder } from '../entry/twin.ts';
import { ReplicaWeb } from './web.ts';

const run = promisify(execFile);

interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks through the proxy, as a client that trusts its authority. */
async function ask(
  web: ReplicaWeb,
  link: string,
  { headers = {}, body = '' }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Asked> {
  const { protocol, hostname } = new URL(link);
  const { hostname: host, port } = new URL(web.proxy);
  const method = body === '' ? 'GET' : 'POST';
  const own = { method, headers: { ...headers, host: hostname, connection: 'close' } };
  const asked =
    protocol === 'http:'
      ? request({ ...own, host, port, path: link })
      : httpsRequest(link, { ...own, createConnection: await tunnel(web, host, port, hostname) });
  asked.end(body);
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (response === undefined) throw new TypeError('there is no response');
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}

async function tunnel(web: ReplicaWeb, host: string, port: string, servername: string): Promise<() => TLSSocket> {
  const ca = await readFile(web.authorityFile, 'utf8');
  const asked = request({ host, port, method: 'CONNECT', path: `${servername}:443` }).end();
  const [, socket]: [IncomingMessage, Socket] = await new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('connect', (response, connected) => resolve([response, connected]));
  });
  return () => connect({ socket, servername, ca });
}

test('one proxy answers for every host over http and https, and remembers what it was asked', async () => {
  await using web = await ReplicaWeb.start();
  web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 1, scheme: 'http' });
  const owner = web.medium.user('ada', { name: 'Ada', stories: 12 });

  assert.equal((await ask(web, 'http://ada.example/')).status, 200);
  const feed = await ask(web, 'https://medium.com/feed/@ada');
  assert.equal(feed.text.match(/<item>/g)?.length, 10);
  assert.equal((await ask(web, 'https://nowhere.example/')).status, 404);
  const story = await ask(web, owner.linkOf(owner.catalogue.post(3)));
  assert.match(story.text, new RegExp(owner.catalogue.post(3).title));
  assert.deepEqual(
    web.visits.map(({ host, path, status }) => [host, path.replace(/\?.*/, ''), status]),
    [
      ['ada.example', '/', 200],
      ['medium.com', '/feed/@ada', 200],
      ['nowhere.example', '/', 404],
      ['medium.com', new URL(owner.linkOf(owner.catalogue.post(3))).pathname, 200],
    ],
  );
});

test('what a client has is sent again only once it has changed', async () => {
  await using web = await ReplicaWeb.start();
  const blog = web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 2 });
  const link = blog.linkOf(blog.catalogue.post(1));
  const first = await ask(web, link);
  const etag = String(first.headers['etag']);
  const since = String(first.headers['last-modified']);

  assert.equal((await ask(web, link, { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await ask(web, link, { headers: { 'if-modified-since': since } })).status, 304);
  blog.catalogue.edit(1, 'Something was wrong here.');
  const edited = await ask(web, link, { headers: { 'if-none-match': etag, 'if-modified-since': since } });
  assert.equal(edited.status, 200);
  assert.match(edited.text, /Something was wrong here/);
  assert.equal((await ask(web, link, { headers: { 'if-modified-since': since } })).status, 200);
  blog.catalogue.remove(1);
  assert.equal((await ask(web, link)).status, 404);
});

test('a host may challenge, refuse, or hang up', async () => {
  await using web = await ReplicaWeb.start();
  web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 1 });
  const link = 'https://ada.example/';

  web.challenge('ada.example', true);
  assert.match((await ask(web, link)).text, /Just a moment/);
  web.challenge('ada.example', false);
  web.rateLimit('ada.example', 1, 7);
  const refused = await ask(web, link);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '7']);
  assert.equal((await ask(web, link)).status, 200);
  web.down('ada.example', true);
  await assert.rejects(ask(web, link));
});

test('Medium lists ten stories a page, in feed and query, and serves each of its generations of pages', async () => {
  await using web = await ReplicaWeb.start();
  const owner = web.medium.user('ada', { name: 'Ada', stories: 23 });
  const titles: string[] = [];
  let from: string | null = null;
  do {
    const query = [{ operationName: 'UserProfileQuery', variables: { username: 'ada', homepagePostsFrom: from } }];
    const { text } = await ask(web, 'https://medium.com/_/graphql', { body: JSON.stringify(query) });
    const [{ data }] = JSON.parse(text);
    const { posts, pagingInfo } = data.userResult.homepagePostsConnection;
    titles.push(...posts.map(({ title }: { readonly title: string }) => title));
    from = pagingInfo.next?.from ?? null;
  } while (from !== null);
  assert.deepEqual(
    titles,
    owner.catalogue.posts.map(({ title }) => title),
  );
  const pages = await Promise.all([4, 1, 2, 3].map((number) => ask(web, owner.linkOf(owner.catalogue.post(number)))));
  const marks = [/graf--title/, /"type":"id"/, /"__ref"/, /pw-post-title/];
  for (const [index, { text }] of pages.entries()) assert.match(text, marks[index] ?? /^$/);
});

test('Substack caps its pages, encodes its state twice, and shows the beginning of what is paid for', async () => {
  await using web = await ReplicaWeb.start();
  const publication = web.substack.publication('ada', { name: 'Engines', author: 'Ada', posts: 30, notes: 12 });
  const archive = await ask(web, `${publication.origin}/api/v1/archive?sort=new&limit=50&offset=0`);
  assert.equal(JSON.parse(archive.text).length, 12);
  const map = await ask(web, `${publication.origin}/sitemap.xml`);
  assert.equal(map.text.match(/\/p\//g)?.length, 30);
  publication.catalogue.close(1);
  const page = await ask(web, publication.linkOf(publication.catalogue.post(1)));
  const encoded = /window\._preloads\s+= JSON\.parse\((".*")\)/.exec(page.text)?.[1] ?? '';
  const { post, pub } = JSON.parse(JSON.parse(encoded));
  assert.deepEqual([post.audience, pub.subdomain], ['only_paid', 'ada']);
  assert.match(page.text, /paywall-title/);
  publication.refusals = 1;
  const refused = await ask(web, `${publication.origin}/feed`);
  assert.deepEqual([refused.status, /<pre>Too many requests/.test(refused.text)], [200, true]);
});

test('git clones from github.com, in part, and the API pages through repositories', async () => {
  await using web = await ReplicaWeb.start();
  await using folder = await TemporaryFolder.create();
  const repository = web.github.repository('ada/engine');
  repository.commit({ 'README.md': '# Engine\n', 'mill.py': 'print("mill")\n' });
  for (const name of ['ada/one', 'ada/two']) web.github.repository(name, { fork: name === 'ada/two' }).commit({});
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder.path,
    https_proxy: web.proxy,
    GIT_SSL_CAINFO: web.authorityFile,
  };
  const clone = ['clone', '--quiet', '--filter=blob:limit=1m', '--depth=1', 'https://github.com/ada/engine'];
  await run('git', [...clone, join(folder.path, 'clone')], { env: environment });
  assert.equal(await readFile(join(folder.path, 'clone/mill.py'), 'utf8'), 'print("mill")\n');
  const first = await ask(web, 'https://api.github.com/users/ada/repos?per_page=2');
  assert.match(String(first.headers['link']), /page=2>; rel="next"/);
  assert.deepEqual(
    JSON.parse(first.text).map(({ full_name: name }: { readonly full_name: string }) => name),
    ['ada/engine', 'ada/one'],
  );
});

test('LinkedIn lets in whoever signs in, sends others to its wall, and asks some to prove who they are', async () => {
  await using web = await ReplicaWeb.start();
  const member = web.linkedin.member('ada', { name: 'Ada', shares: 12, articles: 1 });
  const activity = 'https://www.linkedin.com/in/ada/recent-activity/all/';
  assert.match(String((await ask(web, activity)).headers['location']), /\/authwall/);
  const { username, password } = web.linkedin.credentials;
  const body = new URLSearchParams({ session_key: username, session_password: password }).toString();
  const login = 'https://www.linkedin.com/checkpoint/lg/login-submit';
  const cookie = String((await ask(web, login, { body })).headers['set-cookie']).split(';')[0] ?? '';
  assert.equal((await ask(web, activity, { headers: { cookie } })).status, 200);
  const shares = await ask(web, 'https://www.linkedin.com/voyager/api/activity?start=10', { headers: { cookie } });
  assert.equal(JSON.parse(shares.text).shares[1].urn, member.shares[11]?.urn);
  web.linkedin.checkpoint = true;
  assert.match(String((await ask(web, login, { body })).headers['location']), /checkpoint\/challenge/);
  const article = await ask(web, `https://www.linkedin.com/pulse/${member.articles.post(1).slug}`);
  assert.match(article.text, /article-content-blocks/);
});
