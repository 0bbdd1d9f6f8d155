import type { SitemapLink } from '../../crawling/sitemap.ts';

/** How many links are looked at before it is known whether their dates mean anything. */
const sample = 200;
const fewest = 3;
const hour = 3_600_000;

/**
 * Leaves out the dates of a sitemap that dates everything alike, by the time it was built or asked for: such dates tell
 * nothing of the texts.
 */
export async function* believable(links: AsyncIterable<SitemapLink>, now: number): AsyncGenerator<SitemapLink> {
  let first: SitemapLink[] | undefined = [];
  let isBelieved = true;
  for await (const link of links) {
    if (first === undefined) {
      yield isBelieved ? link : { url: link.url };
      continue;
    }
    first.push(link);
    if (first.length < sample) continue;
    isBelieved = tellApart(first, now);
    yield* isBelieved ? first : first.map(({ url }) => ({ url }));
    first = undefined;
  }
  if (first !== undefined) yield* tellApart(first, now) ? first : first.map(({ url }) => ({ url }));
}

function tellApart(links: readonly SitemapLink[], now: number): boolean {
  const dates = links.flatMap(({ lastmod }) => lastmod ?? []);
  if (dates.length < fewest) return true;
  if (new Set(dates).size === 1) return false;
  return !dates.every((date) => Math.abs(Date.parse(date) - now) < hour);
}
