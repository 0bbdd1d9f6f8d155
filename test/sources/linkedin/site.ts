import { text } from 'node:stream/consumers';
import { page, ReplicaServer, type Reply } from '../../replica/server.ts';

/** How a post is written in the page: until 2026, since then, and with names that nobody knows. */
export type Generation = 'urn' | 'hashed' | 'unknown';

export interface SitePost {
  readonly id: string;
  readonly text: string;
  /** What is shown only after a click. */
  readonly rest?: string;
  /** Whose it is, if it is not the member's own. */
  readonly author?: string;
  /** The line above it: "Ada likes this". */
  readonly introduction?: string;
  /** A post of somebody else's that is passed on in it. */
  readonly passedOn?: string;
}

const perScreen = 5;

/** An id that was given out at this time. */
export function idAt(time: number, sequence = 0): string {
  return `${(BigInt(time) << 22n) + BigInt(sequence)}`;
}

/** LinkedIn in small, on the loopback: its login, its session, and one member's activity, which grows as it is scrolled. */
export class LinkedinSite implements AsyncDisposable {
  readonly server: ReplicaServer;
  readonly member = 'ada-lovelace';
  readonly account = { username: 'ada@example.org', password: 'note-g-1843' };
  readonly cookie = 'valid-session';
  generation: Generation = 'urn';
  posts: readonly SitePost[] = [];
  articles: readonly string[] = [];
  /** Asks for a proof: never, of whoever signs in, or when so many screens have been read. */
  challengeAfterScreens: number | undefined;
  challengeAtLogin = false;
  /** Screens of posts that were asked for. */
  screens = 0;

  private constructor(server: ReplicaServer) {
    this.server = server;
  }

  static async start(): Promise<LinkedinSite> {
    const server = await ReplicaServer.start();
    const site = new LinkedinSite(server);
    const routes: Record<string, (signedIn: boolean, query: URLSearchParams) => Reply> = {
      '/login': () => ({ body: loginPage }),
      '/checkpoint/challenge/AQE': () => ({
        body: page('Security check', '<h1>Enter the code we sent to a***@e***.org</h1>'),
      }),
      '/authwall': () => ({ body: page('Join LinkedIn', '<h1>Join LinkedIn</h1>') }),
      '/feed/': (signedIn) =>
        signedIn ? { body: page('Feed', '<main>Start a post</main>') } : redirect('/login?from=feed'),
      '/in/me/': (signedIn) => (signedIn ? { body: leadingTo(`/in/${site.member}/`) } : redirect('/authwall')),
      [`/in/${site.member}/`]: () => ({ body: page('Ada', '<main><h1>Ada Lovelace</h1></main>') }),
      [`/in/${site.member}/recent-activity/all/`]: (signedIn) =>
        signedIn ? { body: site.#activity() } : redirect('/authwall'),
      [`/in/${site.member}/recent-activity/articles/`]: () => ({
        body: page(
          'Articles',
          `<main>${site.articles.map((slug) => `<a href="/pulse/${slug}?trk=x">${slug}</a>`).join('')}</main>` +
            '<aside><a href="/pulse/by-somebody-else">Recommended</a></aside>',
        ),
      }),
      '/api/posts': (_, query) => site.#screen(Number(query.get('start'))),
    };
    for (const [path, reply] of Object.entries(routes)) {
      server.routes.set(path, (request) => {
        const signedIn = (request.headers.cookie ?? '').includes(`li_at=${site.cookie}`);
        return reply(signedIn, new URL(request.url ?? '/', server.origin).searchParams);
      });
    }
    server.routes.set('/checkpoint/lg/login-submit', async (request) =>
      site.#signIn(new URLSearchParams(await text(request))),
    );
    return site;
  }

  get origin(): string {
    return this.server.origin;
  }

  get profile(): string {
    return this.server.url(`/in/${this.member}/`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }

  #signIn(form: URLSearchParams): Reply {
    const { username, password } = this.account;
    if (form.get('session_key') !== username || form.get('session_password') !== password)
      return redirect('/login?failed');
    if (this.challengeAtLogin) return redirect('/checkpoint/challenge/AQE');
    return { ...redirect('/feed/'), headers: { location: '/feed/', 'set-cookie': `li_at=${this.cookie}; Path=/` } };
  }

  #screen(start: number): Reply {
    this.screens += 1;
    if (this.challengeAfterScreens !== undefined && this.screens > this.challengeAfterScreens) {
      return { headers: { 'content-type': 'application/json' }, body: '{"challenge":true,"html":[]}' };
    }
    const html = this.posts.slice(start, start + perScreen).map((post) => this.#post(post));
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ html }) };
  }

  #post(post: SitePost): string {
    return this.generation === 'urn' ? legacyPost(post, this.member) : hashedPost(post, this.member, this.generation);
  }

  #activity(): string {
    return page(
      'Activity',
      `<style>.post{min-height:500px}</style><main><h1>All activity</h1><div id="posts"></div>
      ${this.posts.length === 0 ? '<p>Nothing to see for now</p>' : ''}</main><script>
      let start = 0, busy = false;
      const more = async () => {
        if (busy) return;
        busy = true;
        const { html, challenge } = await (await fetch('/api/posts?start=' + start)).json();
        if (challenge) location.href = '/checkpoint/challenge/AQE';
        for (const post of html) document.querySelector('#posts').insertAdjacentHTML('beforeend', post);
        start += html.length;
        busy = html.length === 0;
      };
      addEventListener('scroll', () => { if (innerHeight + scrollY > document.body.scrollHeight - 300) more(); });
      addEventListener('click', ({ target }) => {
        if (!target.dataset.rest) return;
        target.before(document.createRange().createContextualFragment(target.dataset.rest));
        target.remove();
      });
      more();
      </script>`,
    );
  }
}

function redirect(location: string): Reply {
  return { status: 302, headers: { location } };
}

/** A page that goes on by script, some time after it has loaded. */
function leadingTo(path: string): string {
  return page('Loading', `<main>…</main><script>setTimeout(() => location.replace('${path}'), 150)</script>`);
}

const loginPage = page(
  'Sign in',
  '<form action="/checkpoint/lg/login-submit" method="post"><input id="username" name="session_key">' +
    '<input id="password" name="session_password" type="password"><button type="submit">Sign in</button></form>',
);

function broken(written: string): string {
  return written.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<span><br></span>');
}

function button(post: SitePost, attributes: string): string {
  if (post.rest === undefined) return '';
  return `<button type="button" ${attributes} data-rest="${broken(post.rest).replaceAll('"', '&quot;')}">…see more</button>`;
}

function legacyPost(post: SitePost, member: string): string {
  const { introduction, passedOn, author = member } = post;
  const header =
    introduction === undefined
      ? ''
      : `<div class="update-components-header"><a href="/in/${member}">${introduction}</a></div>`;
  const written = broken(post.text).replace(
    /#(\w+)/g,
    '<a href="/feed/hashtag"><span class="visually-hidden">hashtag</span>#$1</a>',
  );
  const description =
    post.text === ''
      ? ''
      : `<div class="feed-shared-update-v2__description"><div class="update-components-text">
      <span dir="ltr">${written}${button(post, 'class="see-more"')}</span></div></div>`;
  const inner =
    passedOn === undefined
      ? ''
      : '<div class="update-components-mini-update-v2"><a href="/in/charles-babbage">Charles</a>' +
        `<div class="update-components-text">${passedOn}</div></div>`;
  return `<div class="post feed-shared-update-v2" data-urn="urn:li:activity:${post.id}">${header}
    <div class="update-components-actor"><a href="/in/${author}?miniProfileUrn=x">${author}</a></div>
    ${description}${inner}<div class="comments-comments-list"><a href="/in/${member}">Ada</a>
      <div class="update-components-text">A comment below</div></div></div>`;
}

function hashedPost(post: SitePost, member: string, generation: Generation): string {
  const { introduction, author = member } = post;
  const [key, testId] = generation === 'hashed' ? ['componentkey', 'data-testid'] : ['renderkey', 'data-purpose'];
  const header = introduction === undefined ? '' : `<p class="_9f"><a href="/in/${member}/">${introduction}</a></p>`;
  return `<div class="post _1c" role="listitem" ${key}="expanded${post.id}FeedType_PROFILE">${header}
    <a class="_3a" href="/in/${author}/">${author}</a><a href="/feed/update/urn:li:activity:${post.id}/">1w</a>
    <p><span ${testId}="expandable-text-box">${broken(post.text)}${button(post, `${testId}="expandable-text-button"`)}</span></p></div>`;
}
