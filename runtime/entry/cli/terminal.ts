import { styleText } from 'node:util';

/** What a command may say, and how. Results go to stdout, everything else to stderr. */
export interface Terminal {
  /** Whether somebody is watching stderr: live progress and colours. */
  readonly live: boolean;
  /** `--json`: one JSON object on stdout and nothing but logs on stderr. */
  readonly json: boolean;
  readonly out: (text: string) => void;
  readonly say: (text: string) => void;
}

export function terminalFor(json: boolean): Terminal {
  return {
    live: process.stderr.isTTY === true && !json,
    json,
    out: (text) => process.stdout.write(`${text}\n`),
    say: (text) => {
      if (!json) process.stderr.write(`${text}\n`);
    },
  };
}

/** Colours where the stream shows them and NO_COLOR does not forbid it. */
export function styled(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WritableStream = process.stdout,
): string {
  return styleText(format, text, { stream });
}

/** Text of pages, files and messages: it must not be able to move the cursor or to recolour or reorder the terminal. */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** `850 ms`, `12.3 s`, `4 min 10 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** "3 paywall stub, 1 login page" */
export function reasonCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`).join(', ');
}
