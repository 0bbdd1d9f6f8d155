import { blogPage } from './blog-pages.ts';
import { Catalogue, type Post } from './catalogue.ts';
import { atom, escaped, type FeedItem, htmlOf, jsonFeed, rss, sitemap } from './markup.ts';
import { type Answer, type Site, type Visit, xml } from './site.ts';

const feedSize = 10;
const sitemapSize = 100;

const feeds = {
  rss: { path: '/feed.xml', mediaType: 'application/rss+xml', write: rss },
  atom: { path: '/atom.xml', mediaType: 'application/atom+xml', write: atom },
  json: { path: '/feed.json', mediaType: 'application/feed+json', write: jsonFeed },
} as const;

interface BlogOptions {
  readonly name: string;
  readonly author: string;
  readonly posts: number;
  readonly feed?: keyof typeof feeds | undefined;
  /** An index of sitemaps, named in robots.txt; `undated` leaves out when its pages have changed. */
  readonly sitemap?: 'dated' | 'undated' | undefined;
  readonly scheme?: 'http' | 'https' | undefined;
}

/** A site of one person's. */
export class Blog {
  readonly catalogue: Catalogue;
  readonly origin: string;
  /** Path → what is there besides, or instead of, a post. */
  readonly pages = new Map<string, Answer>();
  readonly #options: BlogOptions;

  constructor(host: string, options: BlogOptions) {
    this.#options = options;
    this.origin = `${options.scheme ?? 'https'}://${host}`;
    this.catalogue = new Catalogue(`blog/${host}`, options.posts);
  }

  linkOf({ slug }: Post): string {
    return `${this.origin}/posts/${slug}`;
  }

  answer({ pathname }: URL): Answer | undefined {
    const { name, author } = this.#options;
    const page = this.pages.get(pathname) ?? this.#listing(pathname);
    if (page !== undefined) return page;
    const slug = /^\/posts\/([^/]+)$/.exec(pathname)?.[1];
    const post = slug === undefined ? undefined : this.catalogue.withSlug(slug);
    return post && { body: blogPage(name, author, this.linkOf(post), post), changedAt: post.changedAt };
  }

  #listing(pathname: string): Answer | undefined {
    const { name, sitemap: kind, feed } = this.#options;
    const chosen = feed && feeds[feed];
    if (pathname === '/') return { body: this.#frontPage() };
    if (pathname === '/robots.txt') {
      const body = `User-agent: *\nDisallow: /private/\n${kind ? `Sitemap: ${this.origin}/sitemap.xml\n` : ''}`;
      return { mediaType: 'text/plain', body };
    }
    if (pathname === chosen?.path) {
      const { write, mediaType } = chosen;
      return { mediaType: `${mediaType}; charset=utf-8`, body: write(name, `${this.origin}/`, this.#feedItems()) };
    }
    return kind && this.#sitemapAt(pathname, kind === 'dated');
  }

  #sitemapAt(pathname: string, dated: boolean): Answer | undefined {
    // Oldest first, so that a new post changes the last part only.
    const posts = this.catalogue.posts.toReversed();
    if (pathname === '/sitemap.xml') {
      const parts = Array.from({ length: Math.ceil(posts.length / sitemapSize) }, (_, index) => ({
        link: `${this.origin}/sitemap-posts-${index + 1}.xml`,
      }));
      return { mediaType: xml, body: sitemap('sitemapindex', parts) };
    }
    const part = Number(/^\/sitemap-posts-(\d+)\.xml$/.exec(pathname)?.[1] ?? 0);
    if (part === 0) return undefined;
    const entries = posts.slice((part - 1) * sitemapSize, part * sitemapSize).map((post) => ({
      link: this.linkOf(post),
      ...(dated && { lastmod: post.changedAt.toISOString() }),
    }));
    return { mediaType: xml, body: sitemap('urlset', entries) };
  }

  #frontPage(): string {
    const { name, feed } = this.#options;
    const chosen = feed && feeds[feed];
    const alternate = chosen ? `<link rel="alternate" type="${chosen.mediaType}" href="${chosen.path}">` : '';
    const items = this.catalogue.posts
      .slice(0, feedSize)
      .map((post) => `<li><a href="/posts/${post.slug}">${escaped(post.title)}</a></li>`);
    return (
      `<!doctype html><html lang="en"><head><title>${escaped(name)}</title>${alternate}</head>` +
      `<body><h1>${escaped(name)}</h1><ul>${items.join('')}</ul></body></html>`
    );
  }

  #feedItems(): FeedItem[] {
    return this.catalogue.posts.slice(0, feedSize).map((post) => ({
      title: post.title,
      link: this.linkOf(post),
      id: this.linkOf(post),
      author: this.#options.author,
      publishedAt: post.publishedAt,
      changedAt: post.changedAt,
      content: htmlOf(post.blocks, `${this.origin}/images`),
    }));
  }
}

/** Personal sites under any name. */
export class BlogReplica implements Site {
  readonly #blogs = new Map<string, Blog>();

  blog(host: string, options: BlogOptions): Blog {
    const blog = new Blog(host, options);
    this.#blogs.set(host, blog);
    return blog;
  }

  owns(host: string): boolean {
    return this.#blogs.has(host);
  }

  answer({ url }: Visit): Answer | undefined {
    return this.#blogs.get(url.hostname)?.answer(url);
  }
}
