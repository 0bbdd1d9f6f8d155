import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HttpCrawler, type HttpCrawlerOptions } from '../../crawling/http-crawler.ts';
import { archiveNames, openArchive } from '../../crawling/open-archive.ts';
import { type CrawlJob, type CrawlTask, rootOf } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { Browser } from '../../ports/browser.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { isLinkedinExport, readExport } from './archive.ts';
import { discoverMember } from './discover.ts';
import { acceptedLink, linkedinOrigin, readLink } from './link.ts';
import { LinkedinSession } from './session.ts';

export interface LinkedinOptions extends HttpCrawlerOptions {
  readonly browser: Browser;
  /** Whether the member whose account it is has opted in to having their own profile crawled. */
  readonly ownProfile: boolean;
  /** As a browser shows them; `li_at` is the session. */
  readonly cookies?: string | undefined;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** Default: https://www.linkedin.com */
  readonly origin?: string | undefined;
  /** How long a page in the browser may take to show or add something. Default: 10 s. */
  readonly patienceMs?: number | undefined;
}

/** Public articles and posts, the archive of one's own data, and, opt-in, what one's own profile shows in a browser. */
export class LinkedinSource extends HttpCrawler {
  readonly platform = 'linkedin';
  readonly #origin: string;
  readonly #ownProfile: boolean;
  readonly #session: LinkedinSession;

  constructor(options: LinkedinOptions) {
    super(options);
    const { browser, ownProfile, cookies, login, origin = linkedinOrigin, patienceMs = 10_000 } = options;
    this.#origin = origin;
    this.#ownProfile = ownProfile;
    this.#session = new LinkedinSession({ browser, cookies, login, origin, patienceMs });
  }

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol === 'file:') {
      const names = await archiveNames(fileURLToPath(link));
      return names !== undefined && isLinkedinExport(names) ? 'fetch' : undefined;
    }
    const read = readLink(link, this.#origin);
    return read && (read.kind === 'member' ? 'discover' : 'fetch');
  }

  override async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    if (new URL(job.url).protocol === 'file:') {
      yield* this.#export(job, context);
      return;
    }
    const link = acceptedLink(job.url, this.#origin);
    yield* link.kind === 'member' ? this.discover(job, context) : this.fetchDocument(job, context);
  }

  protected override async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    if (!this.#ownProfile) throw notEnabled(rootOf(job));
    yield* discoverMember({ job, context, session: this.#session, origin: this.#origin });
  }

  async *#export(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const path = fileURLToPath(job.url);
    if (!existsSync(path)) throw new RejectedInput('not_found', `there is no export at ${path}`);
    await using archive = await openArchive(path);
    yield* readExport(archive, { authorId: job.authorId, context, link: job.url });
  }
}

function notEnabled(url: string): RejectedInput {
  return new RejectedInput(
    'linkedin_not_enabled',
    `${url} was not opened: LinkedIn's user agreement forbids automated access to profiles. The safe way is LinkedIn's own ` +
      'export: Settings → Data privacy → Get a copy of your data, choose the larger archive, and ingest the zip file that ' +
      'LinkedIn sends. Whoever has read the agreement and wants their own profile (no other) crawled all the same sets ' +
      'LINKEDIN_CRAWL=own-profile and LINKEDIN_COOKIES (with li_at), or LINKEDIN_USERNAME and LINKEDIN_PASSWORD.',
  );
}
