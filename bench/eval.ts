import { Command } from 'commander';
import { addExtractionCommand } from './eval-extraction.ts';

const program = new Command('eval')
  .description('Measures how good results are, on data that is not part of the repository.')
  .showHelpAfterError();

addExtractionCommand(program);

await program.parseAsync();
