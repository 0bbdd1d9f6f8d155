import * as z from 'zod';
import { platforms, timestamp } from './documents.ts';
import { sha256 } from './identity.ts';

/** `discover` expands a profile, publication, feed, sitemap or list of repositories into `fetch` jobs, one a document. */
export const crawlTasks = ['discover', 'fetch'] as const;
export type CrawlTask = (typeof crawlTasks)[number];

/** How a job came about that no person asked for. */
const discovery = z.object({
  /** The link that a person asked for: what lies under one root is one catalogue. */
  root: z.string().min(1),
  /** When the root was asked for. What was stored after it is fresh enough, and not fetched again. */
  requestedAt: timestamp,
  /** When the document was last changed, in the words of the listing that named it. */
  lastmod: z.string().optional(),
  /** The root's listing no longer names it: when its page is gone too, the document is deleted. */
  unlisted: z.boolean().optional(),
});
export type Discovery = z.infer<typeof discovery>;

/** One unit of crawling, as it lies in the crawl queue. A message of another shape or version is dead-lettered. */
export const crawlJob = z.object({
  version: z.literal(1),
  task: z.enum(crawlTasks),
  url: z.url(),
  platform: z.enum(platforms),
  authorId: z.uuid(),
  runId: z.uuid(),
  /** When a person or a schedule asked for it. Default: when it is worked on, which may be much later. */
  requestedAt: timestamp.optional(),
  /** Only in jobs that other jobs made. */
  discovery: discovery.optional(),
});
export type CrawlJob = z.infer<typeof crawlJob>;

/** Jobs of one group are worked on by one worker at a time in the whole fleet, so that a host meets one crawler only. */
export function groupOf(job: CrawlJob): string {
  const { host, protocol, pathname } = new URL(job.url);
  return sha256(protocol === 'file:' ? pathname : host);
}

/** The same link asked for twice in one run is one job; one that turned out to be another platform's is a second one. */
export function deduplicationIdOf(job: CrawlJob): string {
  return sha256([job.task, job.url, job.runId, job.platform].join('\u0000'));
}

/** The link that a person asked for. */
export function rootOf(job: CrawlJob): string {
  return job.discovery?.root ?? job.url;
}
