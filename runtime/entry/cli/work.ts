import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import type { Backends } from '../backends.ts';
import type { Config } from '../config.ts';
import { runStages, workerNames } from '../run-stages.ts';
import { readSourcesFile } from '../sources-file.ts';
import { subscribe } from '../subscribe.ts';
import type { CommandContext } from './context.ts';
import { usualAuthor } from './ingest.ts';

export function addWork(program: Command, context: CommandContext): void {
  program
    .command('work')
    .summary('run the workers until told to stop')
    .description(
      'Runs long-running workers, as the containers do. SIGTERM and Ctrl-C: no new work is taken, what is in hand is\n' +
        'finished or given back within 25 s. Workers of an embedded workspace share one process: use "all" there.\n' +
        'The crawler also crawls again, each on its interval, the sources of every list given to it or to ingest.',
    )
    .addArgument(new Argument('<worker>', 'which of them').choices([...workerNames, 'all']))
    .option('--sources <file>', 'a list of sources in YAML: see examples/sources.yaml')
    .addHelpText('after', '\nExamples:\n  twin work all --sources sources.yaml\n  LOG_LEVEL=debug twin work all')
    .action((worker: (typeof workerNames)[number] | 'all', options: { readonly sources?: string }) =>
      context.runGracefully(`work ${worker}`, async ({ config, logger, signal, open }) => {
        await using backends = await open('work');
        if (options.sources !== undefined) await subscribeTo(options.sources, config, backends);
        const names = worker === 'all' ? workerNames : [worker];
        const stages = runStages(names.includes('crawler') ? [...names, 'schedule'] : names, {
          backends,
          config,
          logger,
        });
        logger.info({ workers: names, backends: backends.describe() }, 'working');
        const stopped = new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await Promise.race([stopped, stages.failed]).catch(() => undefined);
        logger.info('stopping: no new work is taken');
        await stages.stop();
        logger.info('stopped');
        return 0;
      }),
    );
}

async function subscribeTo(file: string, config: Config, backends: Backends): Promise<void> {
  const list = resolve(config.startFolder, file);
  const listed = readSourcesFile(list);
  const name = listed.author ?? config.author ?? (await usualAuthor(backends));
  const author = await backends.users.getOrCreate(name, new Date());
  await subscribe(list, listed, author._id, backends);
}
