import * as z from 'zod';
import { kinds, platforms } from '../../runtime/domain/documents.ts';

/** What programs may rely on: the JSON of each command, exactly, with nothing more and nothing less. */

const count = z.int().nonnegative();

export const ingestJson = z.strictObject({
  runId: z.uuid(),
  sources: z.array(
    z.strictObject({
      source: z.string(),
      platform: z.enum(platforms).nullable(),
      status: z.enum(['ok', 'partial', 'failed']),
      documents: z.strictObject({ created: count, updated: count, unchanged: count, deleted: count, failed: count }),
      errors: z.array(z.strictObject({ link: z.string(), reason: z.string(), message: z.string() })),
    }),
  ),
  index: z.strictObject({ documents: count, chunks: count, embedded: count, reused: count, removed: count }),
  elapsedMs: count,
});

export const searchJson = z.strictObject({
  query: z.string(),
  hits: z.array(
    z.strictObject({
      score: z.number().positive(),
      kind: z.enum(kinds),
      platform: z.enum(platforms),
      author: z.string(),
      link: z.string(),
      title: z.string().nullable(),
      text: z.string(),
      publishedAt: z.iso.datetime().nullable(),
      chunk: z.strictObject({ ordinal: count, breadcrumb: z.array(z.string()), startLine: count, endLine: count }),
    }),
  ),
});

const depth = z.strictObject({ visible: count, inFlight: count, dead: count });

export const statusJson = z.strictObject({
  backends: z.record(z.string(), z.string()),
  raw: z.strictObject({ articles: count, posts: count, code: count, repositories: count, users: count }),
  features: z.strictObject({ documents: count, chunks: count }),
  queues: z.strictObject({ crawl: depth, changes: depth }),
  lag: z.strictObject({ changes: count, oldestMs: z.number().nonnegative() }),
});

export const dlqListJson = z.strictObject({
  deadLetters: z.array(
    z.strictObject({
      queue: z.enum(['crawl', 'changes']),
      id: z.string(),
      reason: z.string(),
      message: z.string(),
      body: z.unknown(),
      deadSince: z.iso.datetime(),
    }),
  ),
});
