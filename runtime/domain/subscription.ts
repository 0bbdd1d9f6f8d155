import * as z from 'zod';
import { crawlTasks } from './crawl-job.ts';
import { platforms, timestamp } from './documents.ts';

/** A source that is crawled again and again. Never captured. */
export const subscription = z.object({
  _id: z.uuid(),
  /** The file that lists it: what is no longer listed there ends. */
  list: z.string().min(1),
  url: z.url(),
  task: z.enum(crawlTasks),
  platform: z.enum(platforms),
  authorId: z.uuid(),
  everyMs: z.int().positive(),
  /** When it is due. */
  nextAt: timestamp,
  revision: z.int().positive(),
});
export type Subscription = z.infer<typeof subscription>;
