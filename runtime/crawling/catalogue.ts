import type { CrawlJob } from '../domain/crawl-job.ts';
import { rootOf } from '../domain/crawl-job.ts';
import type { CrawlState, Platform } from '../domain/documents.ts';
import type { CrawlContext, Crawled, ListedLink, StateUpdate } from '../ports/source.ts';
import { maxLinkCharacters } from './link-length.ts';

/** Unchanged documents are told in groups, so that progress is seen and fifty thousand cost little. */
const unchangedGroup = 500;

export interface CatalogueOptions {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  /** Whose documents the links are, unless a link says otherwise. */
  readonly platform: Platform;
  /** Duplicates are passed over, and links of more than `maxLinkCharacters`. May be endless only for whoever stops reading. */
  readonly links: AsyncIterable<ListedLink> | Iterable<ListedLink>;
  /**
   * Asked when `links` has ended: whether it named everything there is. Only then is a link that it no longer names asked
   * for, once, to see whether its document is gone.
   */
  readonly isComplete: () => boolean;
}

/**
 * Turns a listing into jobs. What the listing dates as it was when it was last stored is unchanged and costs no request;
 * for everything else there is a job, which asks with the validators of the last time.
 */
export async function* catalogue(options: CatalogueOptions): AsyncGenerator<Crawled> {
  const { job, context, platform, links, isComplete } = options;
  const remembered = await context.statesIn(rootOf(job));
  const seen = new Set<string>();
  let unchanged = 0;
  for await (const link of links) {
    context.signal.throwIfAborted();
    if (link.url.length > maxLinkCharacters || seen.has(link.url)) continue;
    seen.add(link.url);
    const state = remembered.get(link.url) ?? (await context.state(link.url));
    if (state === undefined || !(await isAsStored(state, link, link.platform ?? platform, options))) {
      yield { outcome: 'job', task: 'fetch', ...link };
      continue;
    }
    if (!remembered.has(link.url)) {
      // Found under another root before: from now on it is looked after under both.
      yield { outcome: 'unchanged', documents: 1, state: { ...stateUpdateOf(state), scope: rootOf(job) } };
      continue;
    }
    unchanged += 1;
    if (unchanged === unchangedGroup) {
      yield { outcome: 'unchanged', documents: unchanged };
      unchanged = 0;
    }
  }
  if (unchanged > 0) yield { outcome: 'unchanged', documents: unchanged };
  if (!isComplete()) return;
  for (const [url, state] of remembered) {
    if (seen.has(url) || state.authorId !== job.authorId || naturalKeyOf(state) === undefined) continue;
    yield { outcome: 'job', task: 'fetch', url, unlisted: true };
  }
}

/** What earlier crawls found under the same root: for a listing that has not changed since. */
export async function knownLinks(job: CrawlJob, context: CrawlContext): Promise<readonly ListedLink[]> {
  const states = await context.statesIn(rootOf(job));
  return (
    [...states.values()]
      // The root itself is remembered, too, when it has failed.
      .filter(({ key, authorId }) => authorId === job.authorId && key !== rootOf(job))
      .map(({ key, validators: { lastmod } }) => ({
        url: key,
        lastmod: lastmod === undefined ? undefined : `${lastmod}`,
      }))
  );
}

function stateUpdateOf({ key, scope, validators, lastResult }: CrawlState): StateUpdate {
  return { key, scope, validators, lastResult };
}

async function isAsStored(
  state: CrawlState,
  link: ListedLink,
  platform: Platform,
  { job, context }: CatalogueOptions,
): Promise<boolean> {
  if (state.authorId !== job.authorId || state.lastResult !== 'stored') return false;
  if (link.lastmod === undefined || state.validators['lastmod'] !== link.lastmod) return false;
  const naturalKey = naturalKeyOf(state);
  return naturalKey !== undefined && (await context.isStored(platform, naturalKey));
}

/** Of the document that a fetch job stored; undefined for whatever else is remembered of a link. */
export function naturalKeyOf(state: CrawlState): string | undefined {
  const { naturalKey } = state.validators;
  return typeof naturalKey === 'string' ? naturalKey : undefined;
}
