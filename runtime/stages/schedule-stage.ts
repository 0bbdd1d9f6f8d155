import type { Logger } from 'pino';
import { type CrawlJob, deduplicationIdOf, groupOf } from '../domain/crawl-job.ts';
import { Misconfigured } from '../domain/errors.ts';
import { scheduledRunId } from '../domain/identity.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { Subscriptions } from '../odm/subscriptions.ts';
import type { Queue } from '../ports/queue.ts';
import { sleep } from './sleep.ts';

export interface ScheduleOptions {
  readonly queue: Pick<Queue<CrawlJob>, 'send'>;
  readonly subscriptions: Subscriptions;
  readonly logger: Logger;
  /** How often to look what is due. Default: 10 s. */
  readonly intervalMs?: number | undefined;
}

/**
 * Sends a crawl job for each subscription when it is due. Any number may run: the run of a turn has one id whoever sends
 * it, so the queue drops the second. A turn that was missed while nobody ran is made up for once.
 */
export class ScheduleStage {
  readonly #options: ScheduleOptions;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Runs until aborted. @throws Misconfigured */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, intervalMs = 10_000 } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#sendDue(new Date());
      } catch (error) {
        if (error instanceof Misconfigured) throw error;
        logger.warn({ err: error }, 'what is due could not be sent; trying again');
      }
      await sleep(intervalMs, signal);
    }
  }

  async #sendDue(now: Date): Promise<void> {
    const { queue, subscriptions, logger } = this.#options;
    for (const subscription of await subscriptions.due(now)) {
      const job = jobOf(subscription, now);
      // Sent first: a crawler that is killed in between sends it again, and the queue drops what it knows.
      await queue.send([{ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) }]);
      if (await subscriptions.advance(subscription, now)) {
        logger.info({ url: job.url, runId: job.runId, everyMs: subscription.everyMs }, 'due: sent to be crawled again');
      }
    }
  }
}

function jobOf({ _id, nextAt, task, url, platform, authorId }: Subscription, now: Date): CrawlJob {
  const runId = scheduledRunId(_id, nextAt);
  return { version: 1, task, url, platform, authorId, runId, requestedAt: now.toISOString() };
}
