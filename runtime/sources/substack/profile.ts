import * as z from 'zod';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { type AnswerFetcher, answerOf, noAnswer } from './answers.ts';
import { preloadsOf } from './preloads.ts';

const id = z.int().positive();

const publication = z.object({
  subdomain: z.string().regex(/^[a-z\d-]{1,63}$/i),
  custom_domain: z
    .string()
    .regex(/^[a-z\d.-]{1,253}$/i)
    .nullish()
    .catch(null),
});

const membership = z.object({ role: z.string().optional().catch(undefined), publication });

const profileFields = z.object({
  id,
  primaryPublication: publication.nullish().catch(null),
  publicationUsers: z.array(membership.nullable().catch(null)).catch([]).default([]),
});

export interface Profile {
  readonly userId: number;
  /** Front pages of what the person publishes. Where they only contribute, most is of others. */
  readonly publications: readonly string[];
}

/** @throws RejectedInput, TransientError as `answerOf` does */
export async function profileOf(
  fetcher: AnswerFetcher,
  handle: string,
  platformOrigin: string,
  signal: AbortSignal,
): Promise<Profile> {
  // Handles are looked up as they are written, and written in lower case.
  const address = `${platformOrigin}/api/v1/user/${encodeURIComponent(handle.toLowerCase())}/public_profile`;
  const parsed = profileFields.safeParse((await answerOf(fetcher, address, signal)).json);
  if (!parsed.success) throw new RejectedInput('bad_response', `${address} answers with something else than a profile`);
  const { id: userId, primaryPublication, publicationUsers } = parsed.data;
  const own = publicationUsers.filter((user) => user?.role === 'admin').map((user) => user?.publication);
  const links = [primaryPublication, ...own].filter((found) => found !== undefined && found !== null).map(frontPageOf);
  return { userId, publications: [...new Set(links)] };
}

function frontPageOf({ subdomain, custom_domain: domain }: z.infer<typeof publication>): string {
  return `https://${domain || `${subdomain.toLowerCase()}.substack.com`}/`;
}

const publicationPage = z.object({ pub: z.object({ author_id: id }) });

/** Who owns a publication, as its front page tells. @throws RejectedInput `no_profile` */
export async function ownerOf(fetcher: AnswerFetcher, origin: string, signal: AbortSignal): Promise<number> {
  const result = await fetcher.fetch(`${origin}/`, { signal });
  const parsed = publicationPage.safeParse(result.status === 'ok' ? preloadsOf(result.text) : undefined);
  if (parsed.success) return parsed.data.pub.author_id;
  const trouble = result.status === 'ok' ? noAnswer(`${origin}/`, result.text) : undefined;
  if (trouble instanceof TransientError) throw trouble;
  const message = `${origin} does not tell whose notes it has; give the profile instead: https://substack.com/@HANDLE`;
  throw new RejectedInput('no_profile', message);
}
