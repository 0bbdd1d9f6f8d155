import { Argument, type Command } from 'commander';
import { runStages, workerNames } from '../run-stages.ts';
import type { CommandContext } from './context.ts';

export function addWork(program: Command, context: CommandContext): void {
  program
    .command('work')
    .summary('run the workers until told to stop')
    .description(
      'Runs long-running workers, as the containers do. SIGTERM and Ctrl-C: no new work is taken, what is in hand is\n' +
        'finished or given back within 25 s. Workers of an embedded workspace share one process: use "all" there.',
    )
    .addArgument(new Argument('<worker>', 'which of them').choices([...workerNames, 'all']))
    .addHelpText('after', '\nExamples:\n  twin work all\n  LOG_LEVEL=debug twin work all')
    .action((worker: (typeof workerNames)[number] | 'all') =>
      context.runGracefully(`work ${worker}`, async ({ config, logger, signal, open }) => {
        await using backends = await open('work');
        const names = worker === 'all' ? workerNames : [worker];
        const stages = runStages(names, { backends, config, logger });
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
