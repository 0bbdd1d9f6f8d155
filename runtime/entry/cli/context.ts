import type { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { Misconfigured, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Backends, OpenOptions } from '../backends.ts';
import { type Config, configFrom } from '../config.ts';
import { styled, type Terminal, terminalFor } from './terminal.ts';

export interface CommandTools {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly logger: Logger;
  /** Fires at SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Opens the workspace. Its code is loaded only then, so that `--help` and a typing error are answered at once. */
  open(purpose: OpenOptions['purpose'], config?: Config): Promise<Backends>;
}

/** What every command runs in: configuration, output, logs, signals and exit status. */
export class CommandContext {
  readonly #program: Command;

  constructor(program: Command) {
    this.#program = program;
  }

  /**
   * @param name as it was typed, and as others are told who holds the workspace
   * @param body gives the exit status
   */
  async run(name: string, body: (tools: CommandTools) => Promise<number>): Promise<void> {
    const terminal = terminalFor(this.#program.opts<{ json?: boolean }>().json === true);
    const stopping = new AbortController();
    const onSignal = (): void => stopping.abort();
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    try {
      const config = configFrom(process.env);
      const logger = await loggerFor(config, name, terminal);
      const open: CommandTools['open'] = async (purpose, effective = config) => {
        const { openBackends } = await import('../backends.ts');
        return await openBackends(effective, { purpose, command: `twin ${name}`, logger });
      };
      process.exitCode = await body({ config, terminal, logger, signal: stopping.signal, open });
    } catch (error) {
      process.stderr.write(`${styled('red', 'error:', process.stderr)} ${explain(error)}\n`);
      process.exitCode = 1;
    } finally {
      process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    }
  }
}

/** What a person can act on; the stack only of what nobody foresaw. */
function explain(error: unknown): string {
  if (error instanceof Misconfigured || error instanceof RejectedInput) return error.message;
  if (error instanceof TransientError) return `${error.message} (this may pass: try again)`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Workers log everything that happens; a command that a person waits for says only what is wrong. */
async function loggerFor(config: Config, name: string, terminal: Terminal): Promise<Logger> {
  const level = config.logLevel ?? (name.startsWith('work') ? 'info' : 'error');
  const base = { name: `twin ${name}` };
  if (!terminal.live) return pino({ level, base }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  return pino(
    { level, base },
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
