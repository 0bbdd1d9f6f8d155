import * as z from 'zod';
import { catalogue, knownLinks } from '../../crawling/catalogue.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, ListedLink } from '../../ports/source.ts';
import type { GithubSite } from './identity.ts';
import { type GithubTarget, targetOf } from './links.ts';
import { ListingTags } from './listing-tags.ts';
import { askApi, describedRepository, fingerprintOf, metadataOf } from './metadata.ts';

export interface AccountListing {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly site: GithubSite;
  readonly target: Extract<GithubTarget, { readonly task: 'discover' }>;
  readonly forks: boolean;
  readonly archived: boolean;
}

const pageSize = 100;
/** Ten thousand repositories; organisations with more are not a person's writing. */
const maximumPages = 100;
const maximumPage = 16 * 1024 * 1024;

const account = z.object({
  type: z.string(),
  public_repos: z.int().nonnegative(),
  public_gists: z.int().nonnegative(),
});

const listedRepository = describedRepository.extend({
  full_name: z.string(),
  fork: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  disabled: z.boolean().nullish(),
  private: z.boolean().nullish(),
  pushed_at: z.string().nullish(),
});
type ListedRepository = z.infer<typeof listedRepository>;

const listedGist = z.object({ id: z.string(), public: z.boolean().nullish(), updated_at: z.string().nullish() });

/**
 * Expands a user or an organisation into its repositories or gists. What was pushed to and described as it was costs no
 * request, and a listing that is as it was no answer.
 * @throws RejectedInput `not_found` when there is no such account
 */
export async function* discoverAccount(listing: AccountListing): AsyncGenerator<Crawled> {
  const { job, context, target } = listing;
  const tags = tagsOf(listing);
  if (await tags.hold()) {
    yield* catalogue({
      job,
      context,
      platform: 'github',
      links: await knownLinks(job, context),
      isComplete: () => false,
    });
    return;
  }
  const skipped: Crawled[] = [];
  const pages = new Pages(listing, await countOf(listing, tags), tags);
  const listed = target.list === 'gists' ? gistLinks(listing, pages) : repositoryLinks(listing, pages, skipped);
  yield* catalogue({ job, context, platform: 'github', links: listed, isComplete: () => pages.complete });
  yield* skipped;
  if (pages.complete) {
    yield { outcome: 'unchanged', documents: 0, state: tags.state() };
  } else {
    const message = `${target.account} has more than ${maximumPages * pageSize}, and the others are left out.`;
    yield { outcome: 'rejected', link: job.url, reason: 'too_many_repositories', message };
  }
}

function tagsOf({ site, target, forks, archived, fetcher, context }: AccountListing): ListingTags {
  const key = `${site.apiOrigin}/${target.list}/${target.account}`;
  return new ListingTags(key, JSON.stringify({ forks, archived }), fetcher, context);
}

interface Count {
  readonly path: string;
  readonly expected: number;
}

async function countOf({ fetcher, site, target, context }: AccountListing, tags: ListingTags): Promise<Count> {
  const { account: name, list } = target;
  const user = `${site.apiOrigin}/users/${name}`;
  const answer = await askApi(fetcher, user, account, { signal: context.signal }).catch((error: unknown) => {
    if (!(error instanceof RejectedInput) || error.reason !== 'not_found') throw error;
    throw new RejectedInput('not_found', `There is no user or organisation ${name} on GitHub.`, { cause: error });
  });
  // Asked without a validator, so there is always an answer.
  const { type, public_repos: repositories, public_gists: gists } = answer?.value ?? notModified(user);
  tags.answered(user, answer?.etag);
  if (list === 'gists') return { path: `users/${name}/gists?per_page=${pageSize}`, expected: gists };
  const path =
    type === 'Organization'
      ? `orgs/${name}/repos?per_page=${pageSize}&type=public&sort=full_name`
      : `users/${name}/repos?per_page=${pageSize}&type=owner&sort=full_name`;
  return { path, expected: repositories };
}

function notModified(link: string): never {
  throw new RejectedInput('bad_response', `${link} answered that it has not changed, which nobody asked.`);
}

/** The pages of a listing. */
class Pages {
  readonly #listing: AccountListing;
  readonly #count: Count;
  readonly #tags: ListingTags;
  /** Whether the listing was read to its end. */
  complete = false;

  constructor(listing: AccountListing, count: Count, tags: ListingTags) {
    this.#listing = listing;
    this.#count = count;
    this.#tags = tags;
  }

  /** A page may be short without being the last one, when something on it may not be seen: the count tells, or an empty page. */
  async *read<Item>(schema: z.ZodType<Item>): AsyncGenerator<Item> {
    const { fetcher, site, context } = this.#listing;
    const request = { signal: context.signal, maxBytes: maximumPage };
    let items = 0;
    for (let page = 1; page <= maximumPages; page += 1) {
      const link = `${site.apiOrigin}/${this.#count.path}&page=${page}`;
      const answer = await askApi(fetcher, link, z.array(schema), request);
      const found = answer?.value ?? notModified(link);
      this.#tags.answered(link, answer?.etag);
      yield* found;
      items += found.length;
      if (found.length === 0 || (found.length < pageSize && items >= this.#count.expected)) {
        this.complete = true;
        return;
      }
    }
  }
}

async function* repositoryLinks(listing: AccountListing, pages: Pages, skipped: Crawled[]): AsyncGenerator<ListedLink> {
  const { site, context } = listing;
  for await (const repository of pages.read(listedRepository)) {
    const link = URL.parse(`${site.origin}/${repository.full_name}`);
    const target = link === null ? undefined : targetOf(link, site);
    if (target?.task !== 'fetch') continue;
    const url = target.identity.link;
    const reason = reasonToSkip(repository, listing);
    // What was taken in before is kept up, whatever became of it: a repository that is archived is not gone.
    if (reason === undefined || (await context.state(url))?.lastResult === 'stored') {
      yield { url, lastmod: lastmodOf(repository) };
    } else {
      skipped.push({ outcome: 'skipped', reason, link: url });
    }
  }
}

function reasonToSkip(repository: ListedRepository, { forks, archived }: AccountListing): string | undefined {
  if (repository.private === true) return 'private';
  if (repository.disabled === true) return 'disabled';
  if (repository.fork === true && !forks) return 'fork';
  return repository.archived === true && !archived ? 'archived' : undefined;
}

/** A new description moves no commit, so it is a part of what dates a repository. */
function lastmodOf(repository: ListedRepository): string | undefined {
  const { pushed_at: pushedAt } = repository;
  return typeof pushedAt === 'string' ? `${pushedAt} ${fingerprintOf(metadataOf(repository))}` : undefined;
}

async function* gistLinks({ site }: AccountListing, pages: Pages): AsyncGenerator<ListedLink> {
  for await (const gist of pages.read(listedGist)) {
    const link = URL.parse(`${site.gistOrigin}/owner/${gist.id}`);
    const target = link === null ? undefined : targetOf(link, site);
    if (target?.task !== 'fetch' || gist.public === false) continue;
    yield { url: target.identity.link, lastmod: gist.updated_at ?? undefined };
  }
}
