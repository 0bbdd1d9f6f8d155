import * as z from 'zod';
import type { CrawlState } from '../../domain/documents.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { sha256 } from '../../domain/identity.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { RepositoryIdentity } from './identity.ts';

/** What the API says of a repository or a gist, as far as it goes into its document. */
const metadata = z.object({
  description: z.string().optional(),
  homepage: z.string().optional(),
  topics: z.array(z.string()).default([]),
  /** RFC 3339 in UTC with milliseconds. */
  createdAt: z.string().optional(),
});
export type Metadata = z.infer<typeof metadata>;

export const describedRepository = z.object({
  full_name: z.string().optional(),
  description: z.string().nullish(),
  homepage: z.string().nullish(),
  topics: z.array(z.string()).nullish(),
  created_at: z.string().nullish(),
});
type DescribedRepository = z.infer<typeof describedRepository>;

const maximumAnswer = 4 * 1024 * 1024;
/** GitHub allows 350 characters and 20 topics. */
const maximumDescription = 1_000;
const maximumTopics = 50;
const maximumTopic = 100;

export function metadataOf({ description, homepage, topics, created_at: created }: DescribedRepository): Metadata {
  const text = description?.replaceAll(/\s+/g, ' ').trim().slice(0, maximumDescription);
  const page = URL.parse(homepage?.trim() ?? '');
  const createdAt = Date.parse(created ?? '');
  return {
    ...(text !== undefined && text !== '' && { description: text }),
    ...((page?.protocol === 'https:' || page?.protocol === 'http:') && { homepage: page.href }),
    topics: (topics ?? []).slice(0, maximumTopics).map((topic) => topic.slice(0, maximumTopic)),
    ...(!Number.isNaN(createdAt) && { createdAt: new Date(createdAt).toISOString() }),
  };
}

/** Equal for equal metadata. */
export function fingerprintOf(known: Metadata): string {
  return sha256(JSON.stringify(metadata.parse(known))).slice(0, 16);
}

/** What is known of a repository's metadata, and how to ask whether it changed. */
export interface KnownMetadata {
  /** Undefined when the API could not be reached, ever. */
  readonly metadata: Metadata | undefined;
  /** For the state of the repository. */
  readonly validators: CrawlState['validators'];
}

/** From the state of the repository. */
export function rememberedMetadata(state: CrawlState | undefined): KnownMetadata {
  const { metadata: json, metadataEtag: etag } = state?.validators ?? {};
  const parsed = typeof json === 'string' ? metadata.safeParse(parsedJson(json)) : undefined;
  return parsed?.success === true ? known(parsed.data, typeof etag === 'string' ? etag : undefined) : unknownMetadata;
}

const unknownMetadata: KnownMetadata = { metadata: undefined, validators: {} };

function known(value: Metadata, etag: string | undefined): KnownMetadata {
  const validators = { metadata: JSON.stringify(value), ...(etag !== undefined && { metadataEtag: etag }) };
  return { metadata: value, validators };
}

/**
 * Asks the API for what changed. Files can be had without it, so no failure of it is one of the crawl: what was known
 * stays known.
 * @throws the reason of `signal` when it was aborted
 */
export async function askForMetadata(
  fetcher: Pick<Fetcher, 'fetch'>,
  identity: RepositoryIdentity,
  remembered: KnownMetadata,
  signal: AbortSignal,
): Promise<KnownMetadata> {
  if (identity.hosted === undefined) return remembered;
  const { metadataEtag: etag } = remembered.validators;
  try {
    const answer = await askApi(fetcher, identity.hosted.metadataLink, describedRepository, {
      signal,
      ...(typeof etag === 'string' && { etag }),
    });
    return answer === undefined ? remembered : known(metadataOf(answer.value), answer.etag);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RejectedInput || error instanceof TransientError) return remembered;
    throw error;
  }
}

/**
 * @returns undefined when it is as it was when `etag` was given
 * @throws RejectedInput `bad_response`, and those of the fetcher
 * @throws TransientError as the fetcher
 */
export async function askApi<Value>(
  fetcher: Pick<Fetcher, 'fetch'>,
  link: string,
  schema: z.ZodType<Value>,
  request: { readonly signal: AbortSignal; readonly etag?: string; readonly maxBytes?: number },
): Promise<{ readonly value: Value; readonly etag: string | undefined } | undefined> {
  const accept = 'application/vnd.github+json';
  const result = await fetcher.fetch(link, { accept, maxBytes: maximumAnswer, ...request });
  if (result.status === 'not_modified') return undefined;
  const parsed = schema.safeParse(parsedJson(result.text));
  if (!parsed.success) {
    const message = `${link} answered with something else than GitHub's API does: ${z.prettifyError(parsed.error)}`;
    throw new RejectedInput('bad_response', message.slice(0, 500), { cause: parsed.error });
  }
  return { value: parsed.data, etag: result.etag };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
