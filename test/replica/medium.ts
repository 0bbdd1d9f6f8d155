import * as z from 'zod';
import { Catalogue, type Post } from './catalogue.ts';
import { escaped, rss, scriptJson, sitemap } from './markup.ts';
import { feedHtml, type StoryGeneration, storyGenerations, storyPage } from './medium-pages.ts';
import { type Answer, json, type Site, type Visit, xml } from './site.ts';

const medium = 'https://medium.com';
const feedSize = 10;
const pageSize = 10;

interface OwnerOptions {
  readonly name: string;
  readonly stories: number;
  /** In which generation a story is served. Default: each in turn. */
  readonly generation?: ((post: Post) => StoryGeneration) | undefined;
}

/** A person or a publication. */
export class MediumOwner {
  readonly catalogue: Catalogue;
  readonly name: string;
  readonly handle: string;
  /** What its stories' links start with. */
  readonly base: string;
  readonly #generation: (post: Post) => StoryGeneration;

  constructor(handle: string, base: string, options: OwnerOptions) {
    this.handle = handle;
    this.base = base;
    this.name = options.name;
    this.catalogue = new Catalogue(`medium/${handle}`, options.stories);
    this.#generation =
      options.generation ?? (({ number }) => storyGenerations[number % storyGenerations.length] ?? 'dom');
  }

  linkOf(post: Post): string {
    return `${this.base}/${post.slug}-${post.id}`;
  }

  storyPage(post: Post): string {
    const story = { post, author: this.name, handle: this.handle, link: this.linkOf(post) };
    return storyPage(story, this.#generation(post));
  }

  feed(): string {
    const items = this.catalogue.posts.slice(0, feedSize).map((post) => ({
      title: post.title,
      link: `${this.linkOf(post)}?source=rss-${this.handle}------2`,
      id: `${medium}/p/${post.id}`,
      author: this.name,
      publishedAt: post.publishedAt,
      changedAt: post.changedAt,
      content: post.membersOnly ? `<p>${escaped(post.subtitle)}</p>` : feedHtml(post.blocks),
    }));
    return rss(`Stories by ${this.name} on Medium`, `${this.base}?source=rss-${this.handle}------2`, items);
  }

  /** @param from how many were shown before */
  listing(from: number): { readonly posts: readonly unknown[]; readonly next: number | undefined } {
    const { posts } = this.catalogue;
    const shown = posts.slice(from, from + pageSize).map((post) => ({
      __typename: 'Post',
      id: post.id,
      title: post.title,
      uniqueSlug: `${post.slug}-${post.id}`,
      mediumUrl: this.linkOf(post),
      firstPublishedAt: post.publishedAt.getTime(),
      latestPublishedAt: post.changedAt.getTime(),
      isLocked: post.membersOnly,
      inResponseToPostResult: null,
    }));
    return { posts: shown, next: from + pageSize < posts.length ? from + pageSize : undefined };
  }
}

const profileQuery = z.object({
  operationName: z.string().optional(),
  variables: z.object({
    username: z.string().nullish(),
    id: z.string().nullish(),
    homepagePostsFrom: z.string().nullish(),
  }),
});

/** medium.com, its subdomains, and the domains of those who have their own. */
export class MediumReplica implements Site {
  readonly #owners: MediumOwner[] = [];
  readonly #domains = new Map<string, MediumOwner>();
  /** Whether anybody may ask for more than feeds and pages have. */
  graphql = true;

  /** At `medium.com/@handle` or, with `subdomain`, at `handle.medium.com`. */
  user(handle: string, options: OwnerOptions & { readonly subdomain?: boolean }): MediumOwner {
    if (options.subdomain === true) return this.#withDomain(`${handle}.medium.com`, handle, options);
    const owner = new MediumOwner(handle, `${medium}/@${handle}`, options);
    this.#owners.push(owner);
    return owner;
  }

  /** At `medium.com/slug` or, with `domain`, at a host of its own. */
  publication(slug: string, options: OwnerOptions & { readonly domain?: string }): MediumOwner {
    if (options.domain !== undefined) return this.#withDomain(options.domain, slug, options);
    const owner = new MediumOwner(slug, `${medium}/${slug}`, options);
    this.#owners.push(owner);
    return owner;
  }

  owns(host: string): boolean {
    return host === 'medium.com' || this.#domains.has(host);
  }

  async answer(visit: Visit): Promise<Answer | undefined> {
    const { url, method } = visit;
    if (url.pathname === '/_/graphql' && method === 'POST') return this.#graphqlAnswer(await visit.text());
    const owner = this.#domains.get(url.hostname);
    if (owner !== undefined) return answerOf(owner, url, url.pathname);
    const feedOf = /^\/feed(\/[^/]+)$/.exec(url.pathname)?.[1];
    const [, first = ''] = (feedOf ?? url.pathname).split('/');
    const found = this.#owners.find(({ base }) => base === `${medium}/${first}`);
    if (found === undefined) return undefined;
    return answerOf(found, url, feedOf === undefined ? url.pathname.slice(first.length + 1) : '/feed');
  }

  #withDomain(host: string, handle: string, options: OwnerOptions): MediumOwner {
    const owner = new MediumOwner(handle, `https://${host}`, options);
    this.#owners.push(owner);
    this.#domains.set(host, owner);
    return owner;
  }

  #graphqlAnswer(text: string): Answer {
    if (!this.graphql) return { status: 429, body: 'Too Many Requests', tagged: false };
    const queries = z.array(profileQuery).parse(JSON.parse(text));
    const results = queries.map(({ variables: { username, id, homepagePostsFrom } }) => {
      const owner = this.#owners.find(({ handle }) => handle === (username ?? id));
      if (owner === undefined) return { data: { userResult: { __typename: 'NotFound' } } };
      const { posts, next } = owner.listing(Number(homepagePostsFrom ?? 0));
      const pagingInfo = { next: next === undefined ? null : { limit: pageSize, from: String(next) } };
      const { handle, name } = owner;
      const homepagePostsConnection = { posts, pagingInfo };
      return {
        data: { userResult: { __typename: 'User', id: handle, username: handle, name, homepagePostsConnection } },
      };
    });
    return { mediaType: json, body: JSON.stringify(results), tagged: false };
  }
}

/** @param path under the owner's base */
function answerOf(owner: MediumOwner, url: URL, path: string): Answer | undefined {
  if (path === '/feed') return { mediaType: 'text/xml; charset=utf-8', body: owner.feed() };
  if (path === '' || path === '/') {
    const from = url.searchParams.get('from');
    if (from === null) return { body: profilePage(owner) };
    return { mediaType: json, body: JSON.stringify(owner.listing(Number(from))) };
  }
  if (path === '/sitemap/sitemap.xml') return { mediaType: xml, body: sitemap('urlset', sitemapEntries(owner)) };
  const period = /^\/archive((?:\/\d+)*)$/.exec(path)?.[1];
  if (period !== undefined) return { body: archivePage(owner, period.split('/').slice(1)) };
  const post = owner.catalogue.posts.find(({ id }) => path.endsWith(id));
  return post && { body: owner.storyPage(post), changedAt: post.changedAt };
}

function sitemapEntries(owner: MediumOwner) {
  return owner.catalogue.posts.map((post) => ({
    link: owner.linkOf(post),
    lastmod: post.changedAt.toISOString().slice(0, 10),
  }));
}

/** Ten stories of all time, a year or a month, and links to what a period consists of. */
function archivePage(owner: MediumOwner, period: readonly string[]): string {
  const dated = owner.catalogue.posts.map((post) => ({
    post,
    parts: post.publishedAt.toISOString().slice(0, 10).split('-'),
  }));
  const shown = dated.filter(({ parts }) => period.every((part, index) => parts[index] === part));
  const periods = new Set(
    period.length === 3 ? [] : shown.map(({ parts }) => parts.slice(0, period.length + 1).join('/')),
  );
  const links = [
    ...[...periods].map((each) => `<a href="${owner.base}/archive/${each}">${each}</a>`),
    ...shown
      .slice(0, pageSize)
      .map(({ post }) => `<a href="${owner.linkOf(post)}?source=collection_archive">${escaped(post.title)}</a>`),
  ];
  return `<!doctype html><html lang="en"><head><title>Archive</title></head><body>${links.join('')}</body></html>`;
}

/** Ten stories, and ten more whenever its end is reached. */
function profilePage(owner: MediumOwner): string {
  const items = owner.catalogue.posts
    .slice(0, pageSize)
    .map(
      (post) =>
        `<article><a href="${owner.linkOf(post)}?source=user_profile"><h2>${escaped(post.title)}</h2></a></article>`,
    );
  return (
    `<!doctype html><html lang="en"><head><title>${escaped(owner.name)} – Medium</title><meta charset="utf-8">` +
    '<meta property="al:android:package" content="com.medium.reader">' +
    '<style>article{height:300px}</style></head>' +
    `<body><h1>${escaped(owner.name)}</h1><main>${items.join('')}</main><script>
let next = ${scriptJson(pageSize)};
let loading = false;
addEventListener('scroll', async () => {
  if (loading || next === undefined || innerHeight + scrollY < document.body.scrollHeight - 400) return;
  loading = true;
  const answer = await (await fetch(location.pathname + '?from=' + next)).json();
  for (const post of answer.posts) {
    const article = document.createElement('article');
    const link = document.createElement('a');
    link.href = post.mediumUrl;
    link.append(Object.assign(document.createElement('h2'), { textContent: post.title }));
    article.append(link);
    document.querySelector('main').append(article);
  }
  next = answer.next;
  loading = false;
});
</script></body></html>`
  );
}
