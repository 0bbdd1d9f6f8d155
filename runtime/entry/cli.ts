import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addBootstrap } from './cli/bootstrap.ts';
import { CommandContext } from './cli/context.ts';
import { addDlq } from './cli/dlq.ts';
import { addDoctor } from './cli/doctor.ts';
import { addExport } from './cli/export.ts';
import { addIngest } from './cli/ingest.ts';
import { addSearch } from './cli/search.ts';
import { addStatus } from './cli/status.ts';
import { addWork } from './cli/work.ts';

const wrongUsage = 2;
const { version } = manifest;

const program = new Command('twin')
  .description('Gathers what a person has written and turns it into features an LLM twin can retrieve from.')
  .version(version)
  .option('--json', 'one JSON object on stdout, for programs')
  .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
  .showHelpAfterError('(add --help for what it takes, with examples)')
  .showSuggestionAfterError()
  // Set before the subcommands are added, which inherit it.
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : wrongUsage);
  })
  .addHelpText(
    'after',
    `
Examples:
  twin ingest ~/writing https://github.com/OWNER/REPOSITORY
  twin search "what I wrote about queues"

Everything is kept in TWIN_HOME (default ./.twin). \`twin doctor\` tells what works on this machine.`,
  );

const context = new CommandContext(program);
addIngest(program, context);
addSearch(program, context);
addStatus(program, context);
addExport(program, context);
addDlq(program, context);
addWork(program, context);
addBootstrap(program, context);
addDoctor(program, context);

// A reader such as `head` that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await program.parseAsync();
