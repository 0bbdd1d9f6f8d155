import * as z from 'zod';
import { parseFeed } from '../../crawling/feed.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import type { ListedLink } from '../../ports/source.ts';
import { type AnswerFetcher, answerOf } from './answers.ts';
import { isPostLink } from './link.ts';

/** As many as the API gives at once; it may give fewer long before the end. */
const pageSize = 50;
/** Of what no publication has, whatever an API that never ends may say. */
const maxPages = 5_000;

const day = 24 * 60 * 60 * 1_000;

const archivePage = z.array(
  z.object({
    slug: z.string().optional().catch(undefined),
    canonical_url: z.string().optional().catch(undefined),
    updated_at: z.string().optional().catch(undefined),
  }),
);

/** All posts, newest first, as the archive page asks for them. It ends with the first page that is empty or known already. */
export async function* archiveLinks(
  fetcher: AnswerFetcher,
  origin: string,
  signal: AbortSignal,
): AsyncGenerator<ListedLink> {
  const seen = new Set<string>();
  let offset = 0;
  for (let page = 0; page < maxPages; page += 1) {
    const address = `${origin}/api/v1/archive?sort=new&limit=${pageSize}&offset=${offset}`;
    const { url, json } = await answerOf(fetcher, address, signal);
    const posts = archivePage.safeParse(json);
    if (!posts.success) throw new RejectedInput('bad_response', `${address} answers with something else than posts`);
    const before = seen.size;
    for (const { slug, canonical_url: canonical, updated_at: lastmod } of posts.data) {
      const link = ownPostLink(canonical, url) ?? (slug && `${new URL(url).origin}/p/${encodeURIComponent(slug)}`);
      if (!link || seen.has(link)) continue;
      seen.add(link);
      yield { url: link, lastmod };
    }
    // What one page has may be short of what was asked for: the next one begins where this one really ended.
    offset += posts.data.length;
    if (seen.size === before) return;
  }
  throw new RejectedInput('too_large', `${origin} lists posts without an end`);
}

/** The newest posts only. */
export async function feedLinks(
  fetcher: AnswerFetcher,
  origin: string,
  signal: AbortSignal,
): Promise<readonly ListedLink[]> {
  const result = await fetcher.fetch(`${origin}/feed`, { signal, accept: 'application/rss+xml,application/xml;q=0.9' });
  if (result.status !== 'ok') return [];
  const links = parseFeed(result.text, result.url).items.map((item) => ownPostLink(item.link, result.url));
  return links.filter((url) => url !== undefined).map((url) => ({ url }));
}

function ownPostLink(link: string | undefined, listing: string): string | undefined {
  if (link === undefined || !URL.canParse(link) || !isPostLink(link)) return undefined;
  return new URL(link).host === new URL(listing).host ? normalizeAddress(link) : undefined;
}

/**
 * Sitemaps date to the day. As long as the day, wherever on earth, is not over, the post may change again without another
 * date: until then it is asked for.
 */
export function settled(link: ListedLink, now: number): ListedLink {
  const { lastmod, ...others } = link;
  if (lastmod === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(lastmod)) return link;
  return Date.parse(lastmod) + 2 * day > now ? others : link;
}
