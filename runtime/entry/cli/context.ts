import type { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { Misconfigured, RejectedInput, TransientError } from '../../domain/errors.ts';
import { type Config, configFrom } from '../config.ts';
import { styled, type Terminal, terminalFor } from './terminal.ts';

export interface CommandTools {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly logger: Logger;
  /** Fires at SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** What every command runs in: configuration, output, logs, signals and exit status. */
export class CommandContext {
  readonly #program: Command;

  constructor(program: Command) {
    this.#program = program;
  }

  /** @param body gives the exit status */
  async run(name: string, body: (tools: CommandTools) => Promise<number>): Promise<void> {
    const terminal = terminalFor(this.#program.opts<{ json?: boolean }>().json === true);
    const stopping = new AbortController();
    const onSignal = (): void => stopping.abort();
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    try {
      const config = configFrom(process.env);
      const logger = await loggerFor(config, name, terminal);
      process.exitCode = await body({ config, terminal, logger, signal: stopping.signal });
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
  const level = config.logLevel ?? (name === 'work' ? 'info' : 'error');
  const base = { name: `twin ${name}` };
  if (!terminal.live) return pino({ level, base }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  return pino(
    { level, base },
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
