import * as z from 'zod';
import { draftOf } from '../../crawling/http-crawler.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
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

/** A note, or something of anybody's that was passed on. */
const feedItem = z.object({
  type: z.string(),
  context: z.object({ type: z.string().optional() }).optional().catch(undefined),
  comment: z.unknown(),
});

const authored = z.object({ user_id: z.int().positive() });

/** What is remembered of a note that the last crawl did not find. */
const missing = 'missing';

/**
 * Takes in all notes of a person: the list of them has their text. One that was there and is not is deleted when the next
 * crawl does not find it either. Where some of the list cannot be read, none counts as not found: the one that is missing
 * may be what could not be read.
 */
export async function* crawlNotes(notes: Notes, userId: number): AsyncGenerator<Crawled> {
  const { job, context, platformOrigin } = notes;
  const scope = `${platformOrigin}/api/v1/reader/feed/profile/${userId}`;
  const before = await context.statesIn(scope);
  const seen = new Set<string>();
  let unreadable = 0;
  for await (const note of notesOf(notes, scope, userId)) {
    if (note === 'unreadable') {
      unreadable += 1;
      continue;
    }
    const { document } = note;
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
  if (unreadable > 0) {
    const message = `${scope}: ${unreadable} of its items cannot be read, Substack seems to have changed their form; no note is taken for deleted`;
    yield { outcome: 'rejected', link: scope, reason: 'selectors_outdated', message };
    return;
  }
  yield* missingOf(before, seen, scope, job);
}

/** What was there and was not seen. */
function* missingOf(
  before: ReadonlyMap<string, CrawlState>,
  seen: ReadonlySet<string>,
  scope: string,
  job: CrawlJob,
): Generator<Crawled> {
  for (const [link, { authorId, validators, lastResult }] of before) {
    const { naturalKey } = validators;
    if (seen.has(link) || authorId !== job.authorId || typeof naturalKey !== 'string') continue;
    yield lastResult === missing
      ? { outcome: 'deleted', documentId: documentId('substack', naturalKey), naturalKey, stateKey: link }
      : { outcome: 'unchanged', documents: 1, state: stateOf({ link, scope, naturalKey }, missing) };
  }
}

async function* notesOf(
  { context, fetcher }: Notes,
  feed: string,
  userId: number,
): AsyncGenerator<DescribedNote | 'unreadable'> {
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

/** @returns undefined for what is not their own note; an item is another's only when it says so in a form that is known */
function ownNote(item: unknown, userId: number): DescribedNote | 'unreadable' | undefined {
  const parsed = feedItem.safeParse(item);
  if (!parsed.success) return 'unreadable';
  const { type, context, comment } = parsed.data;
  const author = authored.safeParse(comment).data?.user_id;
  if (author === undefined ? type !== 'comment' : author !== userId) return undefined;
  if ((context?.type ?? 'note') !== 'note') return undefined;
  const note = type === 'comment' && author === userId ? noteIn(comment) : undefined;
  return note ?? 'unreadable';
}

function stateOf(
  note: { readonly link: string; readonly scope: string; readonly naturalKey: string },
  lastResult: string,
): StateUpdate {
  const { link, scope, naturalKey } = note;
  return { key: link, scope, validators: { naturalKey, link }, lastResult };
}
