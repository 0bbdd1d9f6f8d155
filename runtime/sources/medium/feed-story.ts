import { type FeedItem, parseFeed } from '../../crawling/feed.ts';
import type { ReadDocument } from '../../crawling/page-reader.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { parseHtml } from '../../html/parse.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import { postIdOfPath } from './link.ts';
import { paragraphsIn } from './markup.ts';
import { editorHeadings } from './page-body.ts';
import { documentOf, linkOf } from './story.ts';

/** How a feed ends that tells only the beginning of a story. */
const cutOff = /continue reading on .{0,200}»|<a\b[^>]*>\s*(?:continue reading|read more) on\b/i;
const lastCharacters = 2_000;
/** A card that Medium puts below a story of a publication, and the image that counts its readers. */
const publicationNote = / was originally published in | on medium, where people are continuing the conversation/i;

/** @returns undefined when the feed does not have the story, or not the whole of it */
export function storyInFeed({ link, title, author, publishedAt, contentHtml }: FeedItem): ReadDocument | undefined {
  const id = postIdOfPath(new URL(link).pathname);
  if (id === undefined || contentHtml === undefined || cutOff.test(contentHtml.slice(-lastCharacters)))
    return undefined;
  const story = paragraphsIn(parseHtml(contentHtml), { baseUrl: link, largeHeadings: editorHeadings });
  while (isEnd(story.at(-1))) story.pop();
  if (story.length === 0) return undefined;
  const payload = { mediaType: 'text/html', bytes: new TextEncoder().encode(contentHtml) };
  return documentOf(
    { id, link: linkOf(id, [link], link), title, byline: author, publishedAt, paragraphs: story },
    payload,
  );

  function isEnd(last: (typeof story)[number] | undefined): boolean {
    return last?.type === 'rule' || (last?.type === 'text' && publicationNote.test(last.text));
  }
}

/** Long enough for the stories of one crawl to be looked for in one and the same answer. */
const recentMs = 10 * 60_000;
const mostFeeds = 20;

interface RecentFeed {
  readonly until: number;
  /** Empty when the feed could not be read. */
  readonly byId: ReadonlyMap<string, FeedItem>;
}

/** Feeds in which stories are looked for, each asked for once in a while. */
export class RecentFeeds {
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #feeds = new Map<string, RecentFeed>();

  constructor(fetcher: Pick<Fetcher, 'fetch'>) {
    this.#fetcher = fetcher;
  }

  /** @returns undefined when the feed does not have the story, or cannot be read */
  async find(feed: string, id: string, signal: AbortSignal): Promise<FeedItem | undefined> {
    const known = this.#feeds.get(feed);
    if (known !== undefined && known.until > Date.now()) return known.byId.get(id);
    const read = await this.#read(feed, signal);
    const [oldest] = this.#feeds.keys();
    if (this.#feeds.size >= mostFeeds && oldest !== undefined) this.#feeds.delete(oldest);
    this.#feeds.set(feed, read);
    return read.byId.get(id);
  }

  async #read(feed: string, signal: AbortSignal): Promise<RecentFeed> {
    const until = Date.now() + recentMs;
    try {
      const result = await this.#fetcher.fetch(feed, { signal, accept: feedTypes });
      const items = result.status === 'ok' ? parseFeed(result.text, result.url).items : [];
      return { until, byId: new Map(items.map((item) => [postIdOfPath(new URL(item.link).pathname) ?? '', item])) };
    } catch (error) {
      if (!(error instanceof RejectedInput) && !(error instanceof TransientError)) throw error;
      return { until, byId: new Map() };
    }
  }
}

export const feedTypes = 'application/rss+xml, application/xml;q=0.9, */*;q=0.5';
