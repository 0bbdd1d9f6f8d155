import type { Logger } from 'pino';
import type { Change } from '../domain/change.ts';
import { CaptureStage } from '../stages/capture-stage.ts';
import type { Failure, Postponements } from '../stages/consume.ts';
import { type CrawlObserver, CrawlStage } from '../stages/crawl-stage.ts';
import { type Indexed, IndexStage } from '../stages/index-stage.ts';
import { ScheduleStage } from '../stages/schedule-stage.ts';
import type { Backends } from './backends.ts';
import type { Config } from './config.ts';

export const workerNames = ['crawler', 'cdc', 'features'] as const;
/** The schedule runs wherever a crawler works for long. */
type StageName = (typeof workerNames)[number] | 'schedule';

export interface StageTools {
  readonly backends: Backends;
  readonly config: Config;
  readonly logger: Logger;
  readonly crawlObserver?: CrawlObserver;
  readonly postponements?: Postponements;
  readonly onPublished?: (changes: number) => void;
  readonly onIndexed?: (indexed: Indexed) => void;
  readonly onIndexFailed?: (change: Change, failure: Failure) => void;
}

export interface RunningStages extends AsyncDisposable {
  /** Rejects when a stage had to end because a person must act; never resolves. */
  readonly failed: Promise<never>;
  /** Takes no new work, and resolves when what was in hand is finished or given back. */
  stop(): Promise<void>;
}

/** How many changes may wait in a queue that lies on this machine's disk. */
const embeddedHighWater = 5_000;

/** Starts the named stages in this process. */
export function runStages(names: readonly StageName[], tools: StageTools): RunningStages {
  const stopping = new AbortController();
  const running = names.map((name) => startStage(name, tools, stopping.signal));
  const all = Promise.all(running);
  const failed = all.then(() => new Promise<never>(() => undefined));
  // Whoever does not wait for `failed` learns of it from `stop`.
  failed.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping.abort();
    const ends = await Promise.allSettled(running);
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
    }
  };
  return {
    failed,
    stop,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

async function startStage(name: StageName, tools: StageTools, signal: AbortSignal): Promise<void> {
  const { backends, config, onPublished, onIndexed, onIndexFailed } = tools;
  const { documents, users, states, repositories, features, pipeline, feed, store } = backends;
  const logger = tools.logger.child({ stage: name });
  const { maxAttempts } = config;
  switch (name) {
    case 'crawler':
      return new CrawlStage({
        queue: await backends.crawlQueue(),
        sources: await backends.sources(),
        documents,
        states,
        repositories,
        logger,
        concurrency: config.crawlConcurrency,
        maxAttempts,
        allowLocal: config.queues.kind === 'embedded',
        observer: tools.crawlObserver,
        postponements: tools.postponements,
      }).run(signal);
    case 'schedule':
      return new ScheduleStage({
        queue: await backends.crawlQueue(),
        subscriptions: backends.subscriptions,
        logger,
      }).run(signal);
    case 'cdc':
      return new CaptureStage({
        feed,
        store,
        queue: await backends.changeQueue(),
        logger,
        target: { features, origin: backends.origin },
        highWater: config.queues.kind === 'embedded' ? embeddedHighWater : undefined,
        onPublished,
      }).run(signal);
    case 'features':
      return new IndexStage({
        queue: await backends.changeQueue(),
        documents,
        users,
        features,
        pipeline,
        logger,
        concurrency: config.indexConcurrency,
        maxAttempts,
        onIndexed,
        onDeadLetter: onIndexFailed,
      }).run(signal);
  }
}
