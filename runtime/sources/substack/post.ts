import * as z from 'zod';
import { collapse } from '../../html/dom.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { isUnder, normalizeAddress, onSameHost, trustedCanonical } from '../../html/web-address.ts';

const text = z.string().optional().catch(undefined);
const id = z.int().positive();

/** What is used of a post, as pages and the API describe it. What is malformed and not needed counts as missing. */
const postFields = z.object({
  id,
  publication_id: id.optional().catch(undefined),
  slug: text,
  type: text,
  audience: text,
  title: text,
  post_date: text,
  canonical_url: text,
  wordcount: z.number().nonnegative().optional().catch(undefined),
  body_html: text,
  is_published: z.boolean().optional().catch(undefined),
  publishedBylines: z
    .array(z.object({ name: text }).catch({ name: undefined }))
    .catch([])
    .default([]),
});

const publicationFields = z.object({
  id: id.optional().catch(undefined),
  subdomain: z
    .string()
    .regex(/^[a-z\d-]{1,63}$/i)
    .optional()
    .catch(undefined),
  custom_domain: z
    .string()
    .regex(/^[a-z\d.-]{1,253}$/i)
    .optional()
    .catch(undefined),
  name: text,
});

export type PostFields = z.infer<typeof postFields>;
type PublicationFields = z.infer<typeof publicationFields>;

/** A post and what is kept of the answer it came in. */
export interface DescribedPost {
  readonly post: PostFields;
  readonly publication: PublicationFields;
  /** The post as it came, and what tells whose it is: nothing else of an answer is kept, since pages carry keys. */
  readonly snapshot: { readonly post: unknown; readonly pub: PublicationFields };
}

const described = z.object({
  post: z.looseObject({ id }),
  pub: z.unknown().optional(),
  publication: z.unknown().optional(),
});

/** @param json of `_preloads` or of either API: the post by itself, or beside its publication */
export function postIn(json: unknown): DescribedPost | undefined {
  const around = described.safeParse(json);
  const post = around.success ? around.data.post : json;
  const parsed = postFields.safeParse(post);
  if (!parsed.success) return undefined;
  if (!around.success && parsed.data.slug === undefined) return undefined;
  const pub = publicationFields.safeParse(around.data?.pub ?? around.data?.publication);
  const publication: PublicationFields = pub.success ? pub.data : {};
  return { post: parsed.data, publication, snapshot: { post, pub: publication } };
}

/** Post ids are global, as links like `substack.com/home/post/p-182014527` show; so they are written there. */
export function postKey(postId: number | string): string {
  return `p-${postId}`;
}

/** Where everyone finds the post, if only its id is known. */
export function linkById(postId: number | string): string {
  return `https://substack.com/home/post/p-${postId}`;
}

/**
 * The post's own public page. `canonical_url` is believed when it is one; it may also lead to the reader at
 * `substack.com/home/post/…`, or to a cross-post. Of its hosts a publication's own page is believed only what it is on, and
 * Substack itself, which knows them, any: another page could pass itself off as a post of somebody else.
 * @param url where the description came from
 */
export function linkOf({ post, publication }: DescribedPost, url: string): string {
  const { subdomain, custom_domain: domain } = publication;
  const named = domain ?? (subdomain === undefined ? undefined : `${subdomain}.substack.com`);
  const front = named !== undefined && mayName(`https://${named}/`, url) ? `https://${named}` : undefined;
  const canonical =
    trustedCanonical(post.canonical_url, url) ??
    (front === undefined ? undefined : trustedCanonical(post.canonical_url, `${front}/p/`));
  if (canonical !== undefined && isPostPath(canonical)) return canonical;
  if (post.slug === undefined) return isSubstacks(url) ? linkById(post.id) : normalizeAddress(url);
  const path = `/p/${encodeURIComponent(post.slug)}`;
  if (front !== undefined) return front + path;
  const { hostname, origin } = new URL(url);
  return hostname === 'substack.com' ? linkById(post.id) : origin + path;
}

function mayName(link: string, page: string): boolean {
  return URL.canParse(link) && (onSameHost(link, page) || isSubstacks(page));
}

/** Whether a page is Substack's own, by its host. */
export function isSubstacks(page: string): boolean {
  return isUnder(page, 'substack.com');
}

function isPostPath(link: string): boolean {
  return /^\/p\/[^/]+$/.test(new URL(link).pathname);
}

export function bylineOf({ publishedBylines }: PostFields): string | undefined {
  const names = publishedBylines.map(({ name }) => collapse(name ?? '')).filter((name) => name !== '');
  return names.length === 0 ? undefined : [...new Set(names)].slice(0, 20).join(', ').slice(0, 500);
}

/** To the second, which is all that some descriptions of the same post tell. */
export function publishedAtOf(date: string | undefined): string | undefined {
  return timestampFrom(date)?.replace(/\.\d{3}Z$/, '.000Z');
}
