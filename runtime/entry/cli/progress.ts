import { createLogUpdate } from 'log-update';
import type { IngestRun } from '../ingest-run.ts';
import { duration, plural, printable, styled, type Terminal } from './terminal.ts';

const liveIntervalMs = 100;
const plainIntervalMs = 2_000;

/**
 * Shows how far each stage is: three lines that keep changing on a terminal, a line every two seconds (when something
 * changed) where the output is piped, nothing with --json.
 */
export class Progress implements Disposable {
  readonly #run: IngestRun;
  readonly #terminal: Terminal;
  readonly #started = performance.now();
  readonly #update = createLogUpdate(process.stderr);
  readonly #timer: NodeJS.Timeout | undefined;
  #last = '';

  constructor(run: IngestRun, terminal: Terminal) {
    this.#run = run;
    this.#terminal = terminal;
    if (terminal.json) return;
    const show = terminal.live ? () => this.#update(this.#live()) : () => this.#plain();
    this.#timer = setInterval(
      () => {
        this.#tellNotices();
        show();
      },
      terminal.live ? liveIntervalMs : plainIntervalMs,
    );
  }

  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    if (this.#terminal.live) {
      this.#update(this.#live());
      this.#update.done();
    }
  }

  #tellNotices(): void {
    for (const notice of this.#run.takeNotices()) {
      if (this.#terminal.live) this.#update.clear();
      this.#terminal.say(printable(notice));
    }
  }

  #live(): string {
    const elapsed = duration(performance.now() - this.#started);
    return this.#stages()
      .map(([stage, text], index) => {
        const name = styled('bold', stage.padEnd(8), process.stderr);
        return `${name} ${text}${index === 2 ? styled('dim', `  ${elapsed}`, process.stderr) : ''}`;
      })
      .join('\n');
  }

  #plain(): void {
    const line = this.#stages()
      .map(([stage, text]) => `${stage}: ${text}`)
      .join(' · ');
    if (line !== this.#last) this.#terminal.say(line);
    this.#last = line;
  }

  #stages(): [string, string][] {
    const { crawl, published, index } = this.#run.progress();
    const failed = crawl.failed > 0 ? `, ${crawl.failed} failed` : '';
    const deleted = crawl.deleted > 0 ? `, ${crawl.deleted} deleted` : '';
    return [
      ['crawl', `${crawl.created} new, ${crawl.updated} updated, ${crawl.unchanged} unchanged${deleted}${failed}`],
      ['capture', plural(published, 'change')],
      [
        'index',
        `${plural(index.documents, 'document')}, ${plural(index.chunks, 'chunk')} (${index.embedded} embedded)`,
      ],
    ];
  }
}
