import type { ArticleDocument, Payload, Platform, PostDocument } from '../domain/documents.ts';
import type { FetchResult } from '../ports/fetcher.ts';

/** What reading needs of a page: little, since it may have to be copied to another thread. */
export type PageToRead = Pick<Extract<FetchResult, { readonly status: 'ok' }>, 'url' | 'mediaType' | 'text'>;

type Described<Document extends ArticleDocument | PostDocument> = Pick<
  Document,
  'kind' | 'naturalKey' | 'link' | 'content'
> & {
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
  /** Where less than the page is to be kept, or something else than the page. Default: the page as it came. */
  readonly payload?: Payload | undefined;
};

/** A document as its page describes it. */
export type ReadDocument = Described<ArticleDocument> | Described<PostDocument>;

/** Plain data, which survives the way between threads where classes of errors do not. */
export type PageReading =
  | { readonly outcome: 'document'; readonly document: ReadDocument }
  /** It is served as content and is none; `reason` is one of the content gate's. */
  | { readonly outcome: 'rejected'; readonly reason: string; readonly message: string }
  /** The page only says that it is asked too often. */
  | { readonly outcome: 'rate_limited'; readonly message: string }
  /** A page of another platform, under a domain that does not tell. */
  | { readonly outcome: 'belongs_to'; readonly platform: Platform }
  /** No text, but a list of such: a feed or a sitemap. */
  | { readonly outcome: 'listing'; readonly message: string };

/** Reads pages here or, as it takes some milliseconds of computing, in another thread. Never throws for what a page is. */
export type PageReader = (page: PageToRead, signal: AbortSignal) => PageReading | Promise<PageReading>;
