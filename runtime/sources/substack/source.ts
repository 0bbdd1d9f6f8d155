import { fileURLToPath } from 'node:url';
import { HttpCrawler, type HttpCrawlerOptions, type Retrieved } from '../../crawling/http-crawler.ts';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { FetchRequest } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { crawlArchive, isExport } from './archive.ts';
import { discoverPosts } from './discover.ts';
import { knownPost } from './known-posts.ts';
import { acceptedLinks, isSubstackLink, type Target, targetOf } from './link.ts';
import { crawlNotes } from './notes.ts';
import { ownerOf, profileOf } from './profile.ts';

export interface SubstackSourceOptions extends HttpCrawlerOptions {
  /** Where profiles, notes and posts by id are. Default: https://substack.com */
  readonly platformOrigin?: string | undefined;
}

/** Reasons of pages that do not tell of their post, or only to scripts: the API may. */
const untold: ReadonlySet<string> = new Set(['no_post', 'javascript_required', 'empty_page']);

/** Publications on Substack (also those on domains of their own), their posts, people's notes, and exports. */
export class SubstackSource extends HttpCrawler {
  readonly platform = 'substack';
  readonly #platformOrigin: string;

  constructor(options: SubstackSourceOptions) {
    super(options);
    this.#platformOrigin = options.platformOrigin ?? 'https://substack.com';
  }

  protected override get ownHosts(): readonly string[] {
    return ['substack.com', new URL(this.#platformOrigin).host];
  }

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol === 'file:') return (await isExport(fileURLToPath(link))) ? 'fetch' : undefined;
    if (!isSubstackLink(link, this.#platformOrigin)) return undefined;
    const { kind } = this.#targetOf(link);
    return kind === 'post' || kind === 'note' || kind === 'unsupported' ? 'fetch' : 'discover';
  }

  /** What a job asks for is told by its link: those of other domains come from whoever recognised the page. */
  override async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const link = new URL(job.url);
    if (link.protocol === 'file:') {
      yield* crawlArchive(fileURLToPath(link), job, context);
      return;
    }
    const target = this.#targetOf(link);
    if (target.kind === 'unsupported') {
      throw new RejectedInput('unsupported_link', `${job.url} is nothing that has text on Substack; ${acceptedLinks}`);
    }
    if (target.kind !== 'post' && target.kind !== 'note') {
      yield* this.discover(job, context);
      return;
    }
    for await (const crawled of this.fetchDocument(job, context)) {
      yield crawled;
      const known = crawled.outcome === 'document' ? knownPost(crawled.draft) : undefined;
      if (known !== undefined) yield { outcome: 'unchanged', documents: 0, state: known };
    }
  }

  protected async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const { fetcher } = this;
    const { signal } = context;
    const platformOrigin = this.#platformOrigin;
    const target = this.#targetOf(new URL(job.url));
    const notes = { job, context, fetcher, platformOrigin };
    switch (target.kind) {
      case 'publication':
        yield* discoverPosts({ job, context, fetcher }, target.origin);
        return;
      case 'publication_notes':
        yield* crawlNotes(notes, await ownerOf(fetcher, target.origin, signal));
        return;
      case 'profile':
      case 'profile_notes': {
        const { userId, publications } = await profileOf(fetcher, target.handle, platformOrigin, signal);
        if (target.kind === 'profile') {
          for (const url of publications) yield { outcome: 'job', task: 'discover', url };
        }
        yield* crawlNotes(notes, userId);
      }
    }
  }

  /** The page that readers see, and the API's answer where the page does not tell enough. */
  protected override async retrieve(
    job: CrawlJob,
    conditions: Pick<FetchRequest, 'etag' | 'lastModified'>,
    context: CrawlContext,
  ): Promise<Retrieved> {
    const target = this.#targetOf(new URL(job.url));
    if (target.kind === 'note') return await this.#answer(target.answer, context);
    if (target.kind !== 'post') return await super.retrieve(job, conditions, context);
    const page = await super.retrieve({ ...job, url: target.page }, conditions, context);
    if (page.status !== 'ok' || page.reading.outcome !== 'rejected' || !untold.has(page.reading.reason)) return page;
    const answer = await this.#answer(target.answer, context);
    // The page is what is asked for the next time.
    return { ...answer, etag: page.etag, lastModified: page.lastModified };
  }

  async #answer(url: string, { signal }: CrawlContext): Promise<Extract<Retrieved, { readonly status: 'ok' }>> {
    const result = await this.fetcher.fetch(url, { signal, accept: 'application/json' });
    if (result.status !== 'ok') throw new RejectedInput('bad_response', `${url} was not asked for changes only`);
    const { mediaType, text, body } = result;
    const reading = await this.read({ url: result.url, mediaType, text }, signal);
    return { status: 'ok', reading, payload: { mediaType, bytes: body } };
  }

  #targetOf(link: URL): Target {
    return targetOf(link, this.#platformOrigin);
  }
}
