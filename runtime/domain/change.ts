import * as z from 'zod';
import { timestamp } from './documents.ts';

/** Collections whose changes flow to the feature store. */
export const capturedCollections = ['articles', 'posts', 'code'] as const;

/**
 * A claim check: it says that a document changed, never how. Who handles it reads the document as it is by then, so
 * repeats and reordering cannot harm. Its FIFO group is the document id.
 */
export const change = z.object({
  version: z.literal(1),
  collection: z.enum(capturedCollections),
  documentId: z.uuid(),
  operation: z.enum(['upsert', 'delete']),
  revision: z.int().nonnegative(),
  occurredAt: timestamp,
  /** W3C trace context of what made the change. */
  traceparent: z.string().optional(),
});
export type Change = z.infer<typeof change>;
