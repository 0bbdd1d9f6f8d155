import * as z from 'zod';

export const kinds = ['article', 'post', 'code'] as const;
export type Kind = (typeof kinds)[number];

export const platforms = ['medium', 'substack', 'linkedin', 'github', 'web', 'file'] as const;
export type Platform = (typeof platforms)[number];

/** RFC 3339 in UTC with milliseconds: such strings sort by time and mean the same in every store. */
export const timestamp = z.iso.datetime({ precision: 3 });

const articleContent = z.object({
  /** The body as Markdown blocks, without the title. */
  markdown: z.string(),
  /** As the page names its author; the person whose twin it is stands in `authorId`. */
  byline: z.string().optional(),
  /** BCP 47, as the page declares it; what the text really is in is a feature, not raw data. */
  language: z.string().optional(),
});

const postContent = z.object({ text: z.string() });

const codeContent = z.object({
  /** `owner/name` on GitHub, else the link the repository was taken from. */
  repository: z.string(),
  /** Inside the repository, with `/`. */
  path: z.string(),
  /** Linguist's name in lower case (`typescript`), or `text` when there is none. */
  language: z.string(),
  text: z.string(),
  /** The commit of HEAD when this text was first seen. */
  commit: z.string(),
});

const snapshot = z.object({
  /** Of the payload before compression. */
  mediaType: z.string(),
  compression: z.enum(['zstd', 'none']),
  bytes: z.instanceof(Uint8Array),
});

const common = {
  _id: z.uuid(),
  platform: z.enum(platforms),
  naturalKey: z.string().min(1),
  authorId: z.uuid(),
  /** Canonical. */
  link: z.string().min(1),
  title: z.string().optional(),
  publishedAt: timestamp.optional(),
  /** The payload exactly as it came. */
  snapshot,
  /** SHA-256 over what a reader can see: kind, author, link, title, publishedAt and content. */
  contentHash: z.string().length(64),
  /** Starts at 1 and grows only when `contentHash` changes, or when the document is deleted or comes back. */
  revision: z.int().positive(),
  crawledAt: timestamp,
  changedAt: timestamp,
  /** Set while the origin no longer has it. Raw data stays; features go. */
  deletedAt: timestamp.optional(),
};

export const articleDocument = z.object({ ...common, kind: z.literal('article'), content: articleContent });
export const postDocument = z.object({ ...common, kind: z.literal('post'), content: postContent });
export const codeDocument = z.object({ ...common, kind: z.literal('code'), content: codeContent });

export type ArticleDocument = z.infer<typeof articleDocument>;
export type PostDocument = z.infer<typeof postDocument>;
export type CodeDocument = z.infer<typeof codeDocument>;
export type RawDocument = ArticleDocument | PostDocument | CodeDocument;

/** The payload as it came, before compression. */
export interface Payload {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

type Draft<Document extends RawDocument> = Pick<
  Document,
  'kind' | 'platform' | 'naturalKey' | 'authorId' | 'link' | 'content'
> & {
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
  readonly payload: Payload;
};

/** What a source makes of what it fetched; the store adds identity, hash, revision and times. */
export type DocumentDraft = Draft<ArticleDocument> | Draft<PostDocument> | Draft<CodeDocument>;

export const user = z.object({ _id: z.uuid(), name: z.string().min(1), createdAt: timestamp });
export type User = z.infer<typeof user>;

export const repository = z.object({
  _id: z.uuid(),
  authorId: z.uuid(),
  /** `owner/name` on GitHub, else the link the repository was taken from. */
  name: z.string(),
  link: z.string(),
  headCommit: z.string(),
  crawledAt: timestamp,
});
export type Repository = z.infer<typeof repository>;

/**
 * What a crawl remembers about a link, so that the next one can ask for changes only. Never captured.
 * `validators` belong to the source that wrote them (ETag, Last-Modified, HEAD sha, size and mtime of a file, …).
 */
export const crawlState = z.object({
  _id: z.uuid(),
  /** The natural key of the document, or the link of a job that stands for many. */
  key: z.string(),
  /** The link of the job that found it: a folder's files share one scope. */
  scope: z.string(),
  authorId: z.uuid(),
  validators: z.record(z.string(), z.union([z.string(), z.number()])),
  lastResult: z.string(),
  failures: z.int().nonnegative(),
  crawledAt: timestamp,
});
export type CrawlState = z.infer<typeof crawlState>;
