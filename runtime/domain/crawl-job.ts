import * as z from 'zod';
import { platforms } from './documents.ts';
import { sha256 } from './identity.ts';

/** One unit of crawling, as it lies in the crawl queue. A message of another shape or version is dead-lettered. */
export const crawlJob = z.object({
  version: z.literal(1),
  task: z.enum(['discover', 'fetch']),
  url: z.url(),
  platform: z.enum(platforms),
  authorId: z.uuid(),
  runId: z.uuid(),
});
export type CrawlJob = z.infer<typeof crawlJob>;

/** Jobs of one group are worked on by one worker at a time in the whole fleet, so that a host meets one crawler only. */
export function groupOf(job: CrawlJob): string {
  const { host, protocol, pathname } = new URL(job.url);
  return sha256(protocol === 'file:' ? pathname : host);
}

/** The same link asked for twice in one run is one job. */
export function deduplicationIdOf(job: CrawlJob): string {
  return sha256(`${job.task}\u0000${job.url}\u0000${job.runId}`);
}
