import { Catalogue } from './catalogue.ts';
import {
  activityPage,
  articlePage,
  authwallPage,
  checkpointPage,
  homePage,
  loginPage,
  type PostGeneration,
  profilePage,
  type Share,
  sharePage,
} from './linkedin-pages.ts';
import { type Answer, json, redirect, type Site, type Visit } from './site.ts';
import { Writer } from './writing.ts';

const sharesAtOnce = 5;
/** Of an id, below the milliseconds. */
const sequenceBits = 22n;
const session = 'replica-session';

interface MemberOptions {
  readonly name: string;
  readonly shares: number;
  readonly articles?: number;
}

export class Member {
  readonly handle: string;
  readonly name: string;
  readonly articles: Catalogue;
  /** Newest first. */
  readonly shares: Share[];

  constructor(handle: string, { name, shares, articles = 0 }: MemberOptions) {
    const writer = new Writer(`linkedin/${handle}`);
    this.handle = handle;
    this.name = name;
    this.articles = new Catalogue(`linkedin/${handle}`, articles);
    this.shares = Array.from({ length: shares }, (_, index) => {
      const id = BigInt(Date.UTC(2024, 0, shares - index, 9)) << sequenceBits;
      const text = `${writer.sentence()}\n\n${writer.sentence()} Share ${shares - index}. #engines`;
      return { urn: `urn:li:activity:${id}`, text };
    });
  }
}

/** www.linkedin.com, with one member who may sign in. */
export class LinkedinReplica implements Site {
  readonly cookie = `li_at=${session}`;
  readonly credentials = { username: 'ada@example.org', password: 'difference' };
  generation: PostGeneration = 'urn';
  /** Ask whoever signs in, or comes with a session, to prove who they are. */
  checkpoint = false;
  #member: Member | undefined;

  member(handle: string, options: MemberOptions): Member {
    this.#member = new Member(handle, options);
    return this.#member;
  }

  owns(host: string): boolean {
    return host === 'www.linkedin.com';
  }

  async answer(visit: Visit): Promise<Answer | undefined> {
    const { url, cookies } = visit;
    const member = this.#member;
    if (url.pathname === '/robots.txt') return { mediaType: 'text/plain', body: 'User-agent: *\nDisallow: /\n' };
    if (member === undefined) return undefined;
    if (url.pathname === '/checkpoint/lg/login-submit') return this.#signIn(await visit.text());
    const open = this.#openAnswer(member, url);
    if (open !== undefined) return untagged(open);
    if (cookies.get('li_at') !== session) {
      return redirect(
        url.pathname === '/feed/' ? '/login' : `/authwall?sessionRedirect=${encodeURIComponent(url.href)}`,
      );
    }
    if (this.checkpoint) return redirect('/checkpoint/challenge/AgE');
    return untagged(this.#signedInAnswer(member, url));
  }

  #signIn(form: string): Answer {
    const fields = new URLSearchParams(form);
    const { username, password } = this.credentials;
    if (fields.get('session_key') !== username || fields.get('session_password') !== password) {
      return { body: loginPage, tagged: false };
    }
    const headers = { 'set-cookie': `${this.cookie}; Path=/; Secure; HttpOnly` };
    return this.checkpoint ? redirect('/checkpoint/challenge/AgE') : redirect('/feed/', headers);
  }

  /** What everybody may see. */
  #openAnswer(member: Member, { pathname }: URL): Answer | undefined {
    if (pathname === '/login') return { body: loginPage };
    if (pathname === '/authwall') return { body: authwallPage };
    if (pathname.startsWith('/checkpoint/challenge')) return { body: checkpointPage };
    const slug = /^\/pulse\/([^/]+)\/?$/.exec(pathname)?.[1];
    const article = slug === undefined ? undefined : member.articles.withSlug(slug);
    if (article !== undefined) return { body: articlePage(member.name, member.handle, article) };
    const id = /^\/(?:posts|feed\/update)\/.*\b(\d{19})\b/.exec(pathname)?.[1];
    const share = member.shares.find(({ urn }) => urn === `urn:li:activity:${id}`);
    return share && { body: sharePage(member.name, member.handle, share) };
  }

  #signedInAnswer({ handle, name, shares }: Member, { pathname, searchParams }: URL): Answer | undefined {
    const path = pathname.replace(/\/$/, '');
    switch (path) {
      case '/feed':
        return { body: homePage };
      case '/in/me':
        return redirect(`/in/${handle}/`);
      case `/in/${handle}`:
        return { body: profilePage(name) };
      case `/in/${handle}/recent-activity/all`:
        return { body: activityPage(name, this.generation) };
      case '/voyager/api/activity': {
        const start = Number(searchParams.get('start') ?? 0);
        const next = start + sharesAtOnce < shares.length ? start + sharesAtOnce : null;
        const body = JSON.stringify({ shares: shares.slice(start, start + sharesAtOnce), next });
        return { mediaType: json, body };
      }
      default:
        return undefined;
    }
  }
}

function untagged(answer: Answer | undefined): Answer | undefined {
  return answer && { ...answer, tagged: false };
}
