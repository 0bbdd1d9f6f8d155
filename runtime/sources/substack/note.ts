import * as z from 'zod';
import type { ReadDocument } from '../../crawling/page-reader.ts';
import { jsonPayload } from './json-payload.ts';
import { publishedAtOf } from './post.ts';

const text = z.string().optional().catch(undefined);
const id = z.int().positive();

const attachment = z.object({
  linkMetadata: z.object({ url: text }).optional().catch(undefined),
  post: z.object({ canonical_url: text }).optional().catch(undefined),
  imageUrl: text,
});

/** A note is a comment on nothing. */
const noteFields = z.object({
  id,
  user_id: id.optional().catch(undefined),
  handle: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .catch(undefined),
  body: z.string(),
  date: text,
  attachments: z.array(attachment.catch({})).catch([]).default([]),
});

export interface DescribedNote {
  readonly userId: number | undefined;
  readonly document: ReadDocument;
}

/** @param json the note as the API has it, under `comment` */
export function noteIn(json: unknown): DescribedNote | undefined {
  const parsed = noteFields.safeParse(json);
  if (!parsed.success) return undefined;
  const { id, user_id: userId, handle, body, date, attachments } = parsed.data;
  const path = handle === undefined ? `note/c-${id}` : `@${handle}/note/c-${id}`;
  const links = attachments.slice(0, 20).map(({ linkMetadata, post, imageUrl }) => {
    return linkMetadata?.url ?? post?.canonical_url ?? imageUrl;
  });
  const attached = links.filter((url) => url !== undefined && /^https?:\/\/\S+$/.test(url));
  const written = body.replace(/\r\n?/g, '\n').trim();
  return {
    userId,
    document: {
      kind: 'post',
      naturalKey: `c-${id}`,
      link: `https://substack.com/${path}`,
      publishedAt: publishedAtOf(date),
      content: { text: [written, ...attached].filter((part) => part !== '').join('\n\n') },
      payload: jsonPayload({ comment: json }),
    },
  };
}

const answer = z.object({ item: z.object({ comment: z.unknown() }) });

/** In the API's answer for one note. */
export function noteInAnswer(json: unknown): DescribedNote | undefined {
  const parsed = answer.safeParse(json);
  return parsed.success ? noteIn(parsed.data.item.comment) : undefined;
}
