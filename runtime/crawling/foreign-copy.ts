import type { CrawlJob } from '../domain/crawl-job.ts';
import type { DocumentDraft } from '../domain/documents.ts';
import { RejectedInput } from '../domain/errors.ts';
import { isUnder, onSameHost } from '../html/web-address.ts';
import type { CrawlContext } from '../ports/source.ts';
import type { Retrieved } from './http-crawler.ts';

interface Copying {
  readonly job: CrawlJob;
  readonly draft: DocumentDraft;
  readonly context: CrawlContext;
  /** The platform's own. */
  readonly hosts: readonly string[];
  readonly retrieve: (job: CrawlJob) => Promise<Retrieved>;
}

/**
 * A page of any host can say that it is a post of a platform that serves domains of other people's. One that is stored is
 * taken from the platform, from the host of its stored link, or from the host that this link now leads to.
 * @returns why the draft must not take the place of what is stored
 */
export async function foreignCopy(copying: Copying): Promise<string | undefined> {
  const { job, draft, context, hosts } = copying;
  if (hosts.length === 0 || hosts.some((host) => isUnder(draft.link, host))) return undefined;
  const stored = await context.linkOf(draft.platform, draft.naturalKey);
  if (stored === undefined || onSameHost(stored, draft.link) || isSamePage(stored, job.url)) return undefined;
  if (await leadsTo(stored, copying)) return undefined;
  return `${job.url} says that it is ${draft.naturalKey} (${draft.link}), which is stored from ${stored}, and that does not lead there; it is taken from there or from ${hosts[0]}`;
}

/** Asked for by itself: no other link has a say in where this one leads to. */
async function leadsTo(stored: string, { job, draft, retrieve }: Copying): Promise<boolean> {
  const { discovery: _, ...alone } = job;
  try {
    const there = await retrieve({ ...alone, url: stored });
    if (there.status !== 'ok' || there.reading.outcome !== 'document') return false;
    const { naturalKey, link } = there.reading.document;
    return naturalKey === draft.naturalKey && onSameHost(link, draft.link);
  } catch (error) {
    if (error instanceof RejectedInput) return false;
    throw error;
  }
}

function isSamePage(a: string, b: string): boolean {
  const [one, other] = [new URL(a), new URL(b)];
  return one.host === other.host && one.pathname === other.pathname;
}
