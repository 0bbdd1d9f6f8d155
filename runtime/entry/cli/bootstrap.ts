import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

export function addBootstrap(program: Command, context: CommandContext): void {
  program
    .command('bootstrap')
    .summary('create what the backends need')
    .description('Creates collections, indexes, the change log and queues where they are missing. Safe to repeat.')
    .addHelpText('after', '\nExamples:\n  twin bootstrap\n  TWIN_HOME=/srv/twin twin bootstrap --json')
    .action(() =>
      context.run('bootstrap', async ({ terminal, open }) => {
        await using backends = await open('work');
        await backends.crawlQueue();
        await backends.changeQueue();
        const ready = backends.describe();
        if (terminal.json) terminal.out(JSON.stringify({ backends: ready }));
        else for (const [port, backend] of Object.entries(ready)) terminal.out(`${port.padEnd(10)} ${backend}: ready`);
        return 0;
      }),
    );
}
