import * as z from 'zod';
import { draftOf } from '../../crawling/http-crawler.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { documentId } from '../../domain/identity.ts';
import type { CrawlContext, Crawled, StateUpdate } from '../../ports/source.ts';
import { type AnswerFetcher, answerOf } from './answers.ts';
import { jsonPayload } from './json-payload.ts';
import { type DescribedNote, noteIn } from './note.ts';

export interface Notes {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly fetcher: AnswerFetcher;
  readonly platformOrigin: string;
}

/** About twelve notes are on a page. */
const maxPages = 5_000;

const feedPage = z.object({
  items: z.array(z.unknown()),
  nextCursor: z.string().nullish().catch(null),
});

/** A note of a person, not one that they have passed on. */
const feedItem = z.object({
  type: z.literal('comment'),
  context: z.object({ type: z.string().optional() }).optional().catch(undefined),
  comment: z.unknown(),
});

/** What is remembered of a note that the last crawl did not find. */
const missing = 'missing';

/**
 * Takes in all notes of a person: the list of them has their text. One that was there and is not is deleted when the next
 * crawl does not find it either.
 */
export async function* crawlNotes(notes: Notes, userId: number): AsyncGenerator<Crawled> {
  const { job, context, platformOrigin } = notes;
  const scope = `${platformOrigin}/api/v1/reader/feed/profile/${userId}`;
  const before = await context.statesIn(scope);
  const seen = new Set<string>();
  for await (const { document } of notesOf(notes, scope, userId)) {
    const { naturalKey, link } = document;
    if (seen.has(link)) continue;
    seen.add(link);
    if (document.kind === 'post' && document.content.text === '') {
      yield { outcome: 'skipped', reason: 'no_text', link };
      continue;
    }
    const draft = draftOf(document, 'substack', document.payload ?? jsonPayload(null), job);
    yield { outcome: 'document', draft, state: stateOf({ link, scope, naturalKey }, 'stored') };
  }
  for (const [link, { authorId, validators, lastResult }] of before) {
    const { naturalKey } = validators;
    if (seen.has(link) || authorId !== job.authorId || typeof naturalKey !== 'string') continue;
    yield lastResult === missing
      ? { outcome: 'deleted', documentId: documentId('substack', naturalKey), naturalKey, stateKey: link }
      : { outcome: 'unchanged', documents: 1, state: stateOf({ link, scope, naturalKey }, missing) };
  }
}

async function* notesOf({ context, fetcher }: Notes, feed: string, userId: number): AsyncGenerator<DescribedNote> {
  const cursors = new Set<string>();
  let address = feed;
  for (let page = 0; page < maxPages; page += 1) {
    const parsed = feedPage.safeParse((await answerOf(fetcher, address, context.signal)).json);
    if (!parsed.success) throw new RejectedInput('bad_response', `${address} answers with something else than notes`);
    const { items, nextCursor } = parsed.data;
    for (const item of items) {
      const note = ownNote(item, userId);
      if (note !== undefined) yield note;
    }
    if (!nextCursor) return;
    if (cursors.has(nextCursor)) throw new RejectedInput('bad_response', `${feed} gives the same page again and again`);
    cursors.add(nextCursor);
    address = `${feed}?cursor=${encodeURIComponent(nextCursor)}`;
  }
  throw new RejectedInput('too_large', `${feed} lists notes without an end`);
}

function ownNote(item: unknown, userId: number): DescribedNote | undefined {
  const parsed = feedItem.safeParse(item);
  if (!parsed.success || (parsed.data.context?.type ?? 'note') !== 'note') return undefined;
  const note = noteIn(parsed.data.comment);
  return note?.userId === userId ? note : undefined;
}

function stateOf(
  note: { readonly link: string; readonly scope: string; readonly naturalKey: string },
  lastResult: string,
): StateUpdate {
  const { link, scope, naturalKey } = note;
  return { key: link, scope, validators: { naturalKey, link }, lastResult };
}
