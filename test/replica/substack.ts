import { Catalogue, type Post, previewOf } from './catalogue.ts';
import { rss, sitemap } from './markup.ts';
import { type Answer, json, type Site, type Visit, xml } from './site.ts';
import { substackHtml, substackPage } from './substack-pages.ts';
import { Writer } from './writing.ts';

const feedSize = 20;
/** Whatever limit is asked for. */
const archivePage = 12;
const notesPage = 10;

interface PublicationOptions {
  readonly name: string;
  readonly author: string;
  readonly posts: number;
  readonly notes?: number;
  /** Default: `subdomain.substack.com`. */
  readonly domain?: string;
  /** Leave out what scripts read, as some pages do. Default: never. */
  readonly domOnly?: (post: Post) => boolean;
}

export class Publication {
  readonly catalogue: Catalogue;
  readonly subdomain: string;
  readonly name: string;
  readonly author: string;
  readonly domain: string | undefined;
  readonly id: number;
  readonly userId: number;
  readonly host: string;
  readonly domOnly: (post: Post) => boolean;
  readonly notes: readonly { readonly id: number; readonly text: string; readonly date: string }[];
  /** How many more requests are answered with “Too many requests” and status 200. */
  refusals = 0;

  constructor(
    subdomain: string,
    { name, author, posts, notes = 0, domain, domOnly = () => false }: PublicationOptions,
  ) {
    const writer = new Writer(`substack/${subdomain}`);
    this.subdomain = subdomain;
    this.name = name;
    this.author = author;
    this.domain = domain;
    this.host = domain ?? `${subdomain}.substack.com`;
    this.domOnly = domOnly;
    this.id = 100_000 + writer.number(900_000);
    this.userId = 1_000_000 + writer.number(9_000_000);
    this.catalogue = new Catalogue(`substack/${subdomain}`, posts);
    this.notes = Array.from({ length: notes }, (_, index) => ({
      id: 50_000 + notes - index,
      text: `${writer.sentence()} Note ${notes - index}.`,
      date: new Date(Date.UTC(2024, 0, notes - index)).toISOString(),
    }));
  }

  get origin(): string {
    return `https://${this.host}`;
  }

  linkOf({ slug }: Post): string {
    return `${this.origin}/p/${slug}`;
  }

  /** The keys of a post that matter, and a few that do not. @param whole with its text */
  postJson(post: Post, whole: boolean): Readonly<Record<string, unknown>> {
    const closed = post.membersOnly;
    const body = substackHtml(closed ? previewOf(post) : post.blocks);
    const words =
      substackHtml(post.blocks)
        .replace(/<[^>]*>/g, ' ')
        .match(/\S+/g)?.length ?? 0;
    return {
      id: 180_000_000 + this.id + post.number,
      publication_id: this.id,
      type: 'newsletter',
      slug: post.slug,
      title: post.title,
      subtitle: post.subtitle,
      audience: closed ? 'only_paid' : 'everyone',
      canonical_url: this.linkOf(post),
      post_date: post.publishedAt.toISOString(),
      updated_at: post.changedAt.toISOString(),
      wordcount: words,
      truncated_body_text: post.subtitle,
      is_published: true,
      postTags: [],
      publishedBylines: [{ id: this.userId, name: this.author, handle: this.subdomain }],
      reaction_count: 3,
      comment_count: 1,
      restacks: 0,
      ...(whole && { body_html: body }),
    };
  }
}

/** substack.com, NAME.substack.com, and the domains of those who have their own. */
export class SubstackReplica implements Site {
  readonly #publications = new Map<string, Publication>();

  publication(subdomain: string, options: PublicationOptions): Publication {
    const publication = new Publication(subdomain, options);
    this.#publications.set(publication.host, publication);
    return publication;
  }

  owns(host: string): boolean {
    return host === 'substack.com' || this.#publications.has(host);
  }

  answer({ url }: Visit): Answer | undefined {
    const publication = this.#publications.get(url.hostname);
    if (publication !== undefined && publication.refusals > 0) {
      publication.refusals -= 1;
      return { body: '<!doctype html><html><body><pre>Too many requests</pre></body></html>', tagged: false };
    }
    const notesOf = /^\/api\/v1\/reader\/feed\/profile\/(\d+)$/.exec(url.pathname)?.[1];
    if (notesOf !== undefined) return this.#notesAnswer(Number(notesOf), url);
    const handle = /^\/api\/v1\/user\/([^/]+)\/public_profile$/.exec(url.pathname)?.[1];
    if (handle !== undefined) return this.#profileAnswer(handle);
    return publication && answerOf(publication, url);
  }

  #notesAnswer(userId: number, { searchParams }: URL): Answer | undefined {
    const publication = [...this.#publications.values()].find((each) => each.userId === userId);
    if (publication === undefined) return undefined;
    const from = Number(searchParams.get('cursor') ?? 0);
    const { author, subdomain, notes } = publication;
    const items = notes.slice(from, from + notesPage).map(({ id, text, date }) => ({
      entity_key: `c-${id}`,
      type: 'comment',
      context: { type: 'note', timestamp: date, users: [{ id: userId, name: author, handle: subdomain }] },
      comment: {
        id,
        type: 'feed',
        body: text,
        date,
        user_id: userId,
        name: author,
        handle: subdomain,
        ancestor_path: '',
        body_json: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] },
      },
    }));
    const nextCursor = from + notesPage < notes.length ? String(from + notesPage) : null;
    return { mediaType: json, body: JSON.stringify({ items, nextCursor }) };
  }

  #profileAnswer(handle: string): Answer | undefined {
    const publication = [...this.#publications.values()].find(({ subdomain }) => subdomain === handle);
    if (publication === undefined) return undefined;
    const { userId, author, id, name, domain } = publication;
    const primaryPublication = { id, name, subdomain: handle, custom_domain: domain ?? null };
    const publicationUsers = [{ role: 'admin', is_primary: true, publication: primaryPublication }];
    const profile = { id: userId, name: author, handle, primaryPublication, publicationUsers };
    return { mediaType: json, body: JSON.stringify(profile) };
  }
}

function answerOf(publication: Publication, { pathname, searchParams }: URL): Answer | undefined {
  const { catalogue, origin } = publication;
  switch (pathname) {
    case '/':
      return { body: substackPage(publication, undefined) };
    case '/sitemap.xml':
      return { mediaType: xml, body: sitemapOf(publication) };
    case '/feed':
      return { mediaType: xml, body: rss(publication.name, origin, feedOf(publication)) };
    case '/api/v1/archive': {
      const from = Number(searchParams.get('offset') ?? 0);
      const shown = catalogue.posts.slice(from, from + Math.min(archivePage, Number(searchParams.get('limit') ?? 12)));
      return { mediaType: json, body: JSON.stringify(shown.map((post) => publication.postJson(post, false))) };
    }
  }
  const [, path, slug] = /^(\/p|\/api\/v1\/posts)\/([^/]+)$/.exec(pathname) ?? [];
  const post = slug === undefined ? undefined : catalogue.withSlug(slug);
  if (post === undefined) return undefined;
  if (path === '/p') return { body: substackPage(publication, post) };
  return { mediaType: json, body: JSON.stringify(publication.postJson(post, true)) };
}

function sitemapOf({ catalogue, origin }: Publication): string {
  return sitemap('urlset', [
    { link: `${origin}/archive` },
    { link: `${origin}/about` },
    ...catalogue.posts.map(({ slug, changedAt }) => ({
      link: `${origin}/p/${slug}`,
      lastmod: changedAt.toISOString().slice(0, 10),
    })),
  ]);
}

function feedOf(publication: Publication) {
  return publication.catalogue.posts.slice(0, feedSize).map((post) => ({
    title: post.title,
    link: publication.linkOf(post),
    id: publication.linkOf(post),
    author: publication.author,
    publishedAt: post.publishedAt,
    changedAt: post.changedAt,
    content: substackHtml(post.membersOnly ? previewOf(post) : post.blocks),
  }));
}
