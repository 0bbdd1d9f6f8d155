import * as z from 'zod';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { CrawlContext, StateUpdate } from '../../ports/source.ts';
import { askApi } from './metadata.ts';

const anything = z.unknown();

/**
 * The entity tags of all answers that a listing consists of. As long as each of them holds nothing is new, and to ask for
 * that neither transfers a page nor counts against the limit of the API.
 */
export class ListingTags {
  readonly #key: string;
  readonly #options: string;
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #context: CrawlContext;
  readonly #tags = new Map<string, string>();
  /** An answer came without a tag, so that nothing can be said of the whole. */
  #untagged = false;

  /**
   * @param key what is remembered under
   * @param options what else the listing depends on: tags of other options are not used
   */
  constructor(key: string, options: string, fetcher: Pick<Fetcher, 'fetch'>, context: CrawlContext) {
    this.#key = key;
    this.#options = options;
    this.#fetcher = fetcher;
    this.#context = context;
  }

  /** Whether every answer is as it was when the listing was last read to its end. */
  async hold(): Promise<boolean> {
    const { options, ...tags } = (await this.#context.state(this.#key))?.validators ?? {};
    const links = Object.entries(tags);
    if (options !== this.#options || links.length === 0) return false;
    for (const [link, etag] of links) {
      const { signal } = this.#context;
      if ((await askApi(this.#fetcher, link, anything, { signal, etag: String(etag) })) !== undefined) return false;
    }
    return true;
  }

  answered(link: string, etag: string | undefined): void {
    if (etag === undefined) this.#untagged = true;
    else this.#tags.set(link, etag);
  }

  /** For a listing that was read to its end. */
  state(): StateUpdate {
    const validators = this.#untagged ? {} : { options: this.#options, ...Object.fromEntries(this.#tags) };
    return { key: this.#key, scope: this.#key, validators, lastResult: 'stored' };
  }
}
