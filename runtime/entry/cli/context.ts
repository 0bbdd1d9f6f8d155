import type { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { Misconfigured, messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Backends, OpenOptions } from '../backends.ts';
import { type Config, configFrom } from '../config.ts';
import { printable, styled, type Terminal, terminalFor } from './terminal.ts';

/** As a shell reports a process that Ctrl-C has ended. */
const interrupted = 130;

/** A Ctrl-C under `npm run` arrives twice, from the terminal and from npm: only a later one is meant to be the second. */
const impatienceMs = 1_000;

export interface CommandTools {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly logger: Logger;
  /** Fires at SIGTERM or SIGINT where the command runs gracefully. */
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
   * SIGTERM and Ctrl-C just end the process.
   * @param name as it was typed, and as others are told who holds the workspace
   * @param body gives the exit status
   */
  async run(name: string, body: (tools: CommandTools) => Promise<number>): Promise<void> {
    await this.#run(name, body, new AbortController().signal);
  }

  /** As `run`, but SIGTERM and Ctrl-C fire the signal of the tools, and end the process only the second time. */
  async runGracefully(name: string, body: (tools: CommandTools) => Promise<number>): Promise<void> {
    const stopping = new AbortController();
    let firstAt = 0;
    const onSignal = (): void => {
      if (!stopping.signal.aborted) firstAt = Date.now();
      else if (Date.now() - firstAt > impatienceMs) process.exit(interrupted);
      stopping.abort();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    await this.#run(name, body, stopping.signal);
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }

  async #run(name: string, body: (tools: CommandTools) => Promise<number>, signal: AbortSignal): Promise<void> {
    const terminal = terminalFor(this.#program.opts<{ json?: boolean }>().json === true);
    try {
      const config = configFrom(process.env);
      const logger = await loggerFor(config, name, terminal);
      const open: CommandTools['open'] = async (purpose, effective = config) => {
        const { openBackends } = await import('../backends.ts');
        return await openBackends(effective, { purpose, command: `twin ${name}`, logger });
      };
      process.exitCode = await body({ config, terminal, logger, signal, open });
    } catch (error) {
      process.stderr.write(`${styled('red', 'error:', process.stderr)} ${printable(explain(error))}\n`);
      if (terminal.json)
        terminal.out(JSON.stringify({ error: { reason: reasonOf(error), message: messageOf(error) } }));
      process.exitCode = 1;
    }
  }
}

/** For programs: the code of a rejection, else the kind of error. */
function reasonOf(error: unknown): string {
  if (error instanceof RejectedInput) return error.reason;
  if (error instanceof Misconfigured) return 'misconfigured';
  return error instanceof TransientError ? 'transient' : 'unexpected_error';
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
