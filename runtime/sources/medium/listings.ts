import * as z from 'zod';
import { renderedPage } from '../../crawling/browser-crawler.ts';
import { readSitemap } from '../../crawling/sitemap.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { type Element, findElements } from '../../html/dom.ts';
import { parseHtml } from '../../html/parse.ts';
import { timestampFrom } from '../../html/published-at.ts';
import type { Browser } from '../../ports/browser.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { ListedLink } from '../../ports/source.ts';
import { articleLink, type MediumCatalogue } from './link.ts';

export interface ListingOptions {
  readonly catalogue: MediumCatalogue;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly browser?: Pick<Browser, 'visit'> | undefined;
  readonly signal: AbortSignal;
}

/**
 * One way to list a catalogue. It ends normally only when it has listed all there is to it; what it returns is how many
 * stories the profile claims to have, if it says so.
 * @throws RejectedInput `partial_listing` after what it listed, when there may be more
 */
export type Listing = (options: ListingOptions) => AsyncGenerator<ListedLink, number | undefined>;

/** The ways for a catalogue, to be tried in this order. */
export function listingsOf({ catalogue, browser }: ListingOptions): readonly Listing[] {
  return [
    ...(catalogue.username === undefined ? [] : [profileQuery]),
    latestAsJson,
    ...(catalogue.username === undefined ? [archivePages] : []),
    ...(catalogue.ownsHost ? [sitemap] : []),
    ...(browser === undefined ? [] : [scrolledProfile]),
  ];
}

/** Ten thousand stories, and an end for a server that never says that it is at the end. */
const maxPages = 1_000;
const storiesAPage = 10;
const maxAnswerBytes = 16 * 1024 * 1024;

/** When something was last published, as feeds say it too: in whole seconds. */
export function lastmodOf(time: string | number | null | undefined): string | undefined {
  return timestampFrom(time === null || time === undefined ? undefined : `${time}`)?.replace(/\.\d{3}Z$/, 'Z');
}

const profileQueryText = `query UserProfileQuery($username: ID, $homepagePostsLimit: PaginationLimit, $homepagePostsFrom: String, $includeDistributedResponses: Boolean) {
  userResult(username: $username) {
    __typename
    ... on User {
      id
      homepagePostsConnection(paging: {limit: $homepagePostsLimit, from: $homepagePostsFrom}, includeDistributedResponses: $includeDistributedResponses) {
        posts { id mediumUrl latestPublishedAt }
        pagingInfo { next { from limit } }
      }
    }
  }
}`;

const connection = z.object({
  posts: z.array(
    z.object({ id: z.string(), mediumUrl: z.string().nullish(), latestPublishedAt: z.number().nullish() }),
  ),
  pagingInfo: z.object({ next: z.object({ from: z.string().nullish() }).nullish() }).nullish(),
});
const profileAnswer = z.tuple([
  z.object({ data: z.object({ userResult: z.object({ homepagePostsConnection: connection }) }) }),
]);

async function* profileQuery(options: ListingOptions): AsyncGenerator<ListedLink, undefined> {
  const { catalogue } = options;
  const { origin } = new URL(catalogue.profile);
  const cursors = new Set<string>();
  for (let from: string | undefined; ; ) {
    const [{ data }] = await answerOf(`${origin}/_/graphql`, profileAnswer, options, [
      {
        operationName: 'UserProfileQuery',
        query: profileQueryText,
        variables: {
          username: catalogue.username,
          homepagePostsLimit: storiesAPage,
          homepagePostsFrom: from ?? null,
          includeDistributedResponses: true,
        },
      },
    ]);
    const { posts, pagingInfo } = data.userResult.homepagePostsConnection;
    for (const { id, mediumUrl, latestPublishedAt } of posts) {
      const url = articleLink(mediumUrl ?? '', origin) ?? articleLink(`/p/${id}`, origin);
      if (url !== undefined) yield { url, lastmod: lastmodOf(latestPublishedAt) };
    }
    from = pagingInfo?.next?.from ?? undefined;
    if (from === undefined) return undefined;
    goOn(cursors, from, origin);
  }
}

const scalars = z.record(z.string(), z.unknown()).transform((fields) =>
  Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    return typeof value === 'string' || typeof value === 'number' ? [[name, `${value}`]] : [];
  }),
);
const latestAnswer = z.object({
  payload: z.object({
    user: z.object({ userId: z.string() }).nullish(),
    userMeta: z.object({ numberOfPostsPublished: z.number().nullish() }).nullish(),
    references: z.object({
      Post: z
        .record(
          z.string(),
          z.object({
            uniqueSlug: z.string().nullish(),
            latestPublishedAt: z.number().nullish(),
            creatorId: z.string().nullish(),
          }),
        )
        .nullish(),
    }),
    paging: z.object({ path: z.string().nullish(), next: scalars.nullish() }).nullish(),
  }),
});

/** How Medium's pages asked for more of themselves until 2019; few hosts still answer. */
async function* latestAsJson(options: ListingOptions): AsyncGenerator<ListedLink, number | undefined> {
  const { profile } = options.catalogue;
  const first = `${profile}/latest?format=json&limit=100`;
  const cursors = new Set([first]);
  let claimed: number | undefined;
  for (let url = first; ; ) {
    const { payload } = await answerOf(url, latestAnswer, options);
    const { user, userMeta, references, paging } = payload;
    claimed ??= userMeta?.numberOfPostsPublished ?? undefined;
    for (const [id, post] of Object.entries(references.Post ?? {})) {
      // What the person recommended or answered to is referred to as well.
      if (user && post.creatorId && post.creatorId !== user.userId) continue;
      const link = articleLink(`${profile}/${post.uniqueSlug ?? id}`, profile);
      if (link !== undefined) yield { url: link, lastmod: lastmodOf(post.latestPublishedAt) };
    }
    if (!paging?.next) return claimed;
    url = nextAddress(first, paging.path ?? undefined, paging.next);
    goOn(cursors, url, profile);
  }
}

function nextAddress(first: string, path: string | undefined, fields: readonly [string, string][]): string {
  const next = new URL(path !== undefined && URL.canParse(path, first) ? new URL(path, first) : first);
  if (next.origin !== new URL(first).origin) return first;
  next.searchParams.set('format', 'json');
  for (const [name, value] of fields) next.searchParams.set(name, value);
  return next.href;
}

/** A publication's stories by year, month and day. Each of these pages may show the best-read ones only. */
async function* archivePages({ catalogue, fetcher, signal }: ListingOptions): AsyncGenerator<ListedLink, undefined> {
  const start = `${catalogue.profile}/archive`;
  const pages = new Set([start]);
  for (const page of pages) {
    if (pages.size > maxPages) break;
    const result = await fetcher.fetch(page, { signal });
    if (result.status !== 'ok') break;
    const root = parseHtml(result.text);
    for (const url of linksIn(root, page)) {
      if (isPeriod(url, start)) pages.add(url);
      const link = articleLink(url, page);
      if (link?.startsWith(`${catalogue.profile}/`)) yield { url: link };
    }
  }
  throw partial(start);
}

function isPeriod(url: string, start: string): boolean {
  return url.startsWith(`${start}/`) && /^\/\d{4}(?:\/\d{2}){0,2}$/.test(url.slice(start.length));
}

async function* sitemap({ catalogue, fetcher, signal }: ListingOptions): AsyncGenerator<ListedLink, undefined> {
  const start = `${catalogue.profile}/sitemap/sitemap.xml`;
  const follow = (file: string): boolean => !/\/sitemap\/(?:tags|topics|users|publications)\//.test(file);
  const reading = readSitemap(fetcher, start, { signal, follow });
  let found = 0;
  for await (const { url, lastmod } of reading) {
    const link = articleLink(url, start);
    if (link === undefined) continue;
    found += 1;
    yield { url: link, lastmod };
  }
  if (!reading.isComplete || found === 0) throw partial(start);
  return undefined;
}

/** All that a reader is shown: enough to be content with, and not to take for deleted what is missing. */
export const scrolledListing = 'scrolled_listing';

/** The last resort: what a person sees who scrolls down. */
async function* scrolledProfile({ catalogue, browser, signal }: ListingOptions): AsyncGenerator<ListedLink, undefined> {
  const { profile } = catalogue;
  if (browser === undefined) throw partial(profile);
  const { text } = await renderedPage(browser, profile, signal, { scroll: true });
  const root = parseHtml(text);
  let found = 0;
  for (const card of findElements(root, ({ name }) => name === 'article')) {
    for (const url of linksIn(card, profile)) {
      const link = articleLink(url, profile);
      if (link === undefined) continue;
      found += 1;
      yield { url: link };
    }
  }
  throw found === 0 ? partial(profile) : new RejectedInput(scrolledListing, `${profile} was read as far as it scrolls`);
}

function linksIn(root: Element, base: string): readonly string[] {
  return findElements(root, ({ name, attributes }) => name === 'a' && attributes.has('href'))
    .map(({ attributes }) => attributes.get('href') ?? '')
    .filter((href) => URL.canParse(href, base))
    .map((href) => {
      const { origin, pathname, search } = new URL(href, base);
      return `${origin}${pathname.replace(/\/$/, '')}${search.includes('sk=') ? search : ''}`;
    });
}

/** @throws RejectedInput `unexpected_answer` when it is not what it was, and what a Fetcher throws */
async function answerOf<Answer>(
  url: string,
  shape: z.ZodType<Answer>,
  { fetcher, signal }: ListingOptions,
  query?: unknown,
): Promise<Answer> {
  const result = await fetcher.fetch(url, {
    signal,
    accept: 'application/json',
    maxBytes: maxAnswerBytes,
    ...(query !== undefined && { body: { mediaType: 'application/json', text: JSON.stringify(query) } }),
  });
  const answer = shape.safeParse(result.status === 'ok' ? jsonOf(result.text) : undefined);
  if (answer.success) return answer.data;
  throw new RejectedInput('unexpected_answer', `${url} answers in a form that is not known (any more)`);
}

/** Medium makes its JSON useless as a script by what it puts before it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\s*\]\)\}while\(1\);<\/x>/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @throws RejectedInput when pages lead in circles, or nowhere */
function goOn(seen: Set<string>, next: string, where: string): void {
  if (seen.has(next) || seen.size >= maxPages) throw partial(where);
  seen.add(next);
}

function partial(where: string): RejectedInput {
  return new RejectedInput('partial_listing', `${where} may not list everything`);
}
