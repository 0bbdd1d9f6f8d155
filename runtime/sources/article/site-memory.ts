import * as z from 'zod';
import type { SitemapFile } from '../../crawling/sitemap.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { rootOf } from '../../domain/crawl-job.ts';
import { type CrawlState, type Platform, platforms } from '../../domain/documents.ts';
import type { CrawlContext, StateUpdate } from '../../ports/source.ts';

/** What one `discover` of a site leaves for the next one. */
export type SiteMemory =
  /** The site is another platform's. */
  | { readonly belongsTo: Platform; readonly url: string }
  /** The listings that were read. While none of them has changed, nothing has. */
  | { readonly files: readonly SitemapFile[] };

/** For so long a site is believed to be made as it was. After that it is looked at anew, for a feed that was not there. */
const believedMs = 30 * 86_400_000;

const fileList = z.array(z.object({ url: z.url(), etag: z.string().optional(), lastModified: z.string().optional() }));

export async function recall(job: CrawlJob, context: CrawlContext, now: number): Promise<SiteMemory | undefined> {
  const state = await context.state(keyOf(job));
  if (state === undefined || now - Date.parse(state.crawledAt) > believedMs) return undefined;
  return memoryOf(state.validators);
}

function memoryOf({ belongsTo, url, files }: CrawlState['validators']): SiteMemory | undefined {
  const platform = z.enum(platforms).safeParse(belongsTo);
  if (platform.success && typeof url === 'string') return { belongsTo: platform.data, url };
  if (typeof files !== 'string') return undefined;
  const parsed = fileList.safeParse(JSON.parse(files));
  return parsed.success && parsed.data.length > 0 ? { files: parsed.data } : undefined;
}

export function remembered(job: CrawlJob, memory: SiteMemory): StateUpdate {
  const validators = 'files' in memory ? { files: JSON.stringify(memory.files) } : { ...memory };
  const key = keyOf(job);
  return { key, scope: key, validators, lastResult: 'listed' };
}

/** Not the link itself, under which the page is remembered when it is taken as an article. */
function keyOf(job: CrawlJob): string {
  return `listing ${rootOf(job)}`;
}
