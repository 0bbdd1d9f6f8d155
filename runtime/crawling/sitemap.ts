import { constants, createGunzip } from 'node:zlib';
import { RejectedInput } from '../domain/errors.ts';
import { normalizeAddress } from '../html/web-address.ts';
import type { Fetcher, FetchResult } from '../ports/fetcher.ts';
import { type SitemapEntry, SitemapParser } from './sitemap-parser.ts';

export interface SitemapLink {
  /** Absolute and normalised, of the site that the sitemap is for. */
  readonly url: string;
  /** In the sitemap's own words. */
  readonly lastmod?: string | undefined;
}

/** A file that was read, with what a later crawl can ask for changes with. */
export interface SitemapFile {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export interface SitemapOptions {
  readonly signal: AbortSignal;
  /** A link of the site whose pages are wanted. Default: the sitemap's own. */
  readonly site?: string | undefined;
  /** `files` of an earlier reading: while none of them has changed, nothing is read. */
  readonly known?: readonly SitemapFile[] | undefined;
  /** Which files of an index are read. Default: all. What is left out is not missed: the reading may still be complete. */
  readonly follow?: ((file: string) => boolean) | undefined;
}

/** What sitemaps.org allows a file to have, uncompressed. */
const maxFileBytes = 50 * 1024 * 1024;
const maxFileLinks = 50_000;
/** sitemaps.org allows one level of index files; sites make more of them. */
const maxDepth = 3;
const maxFiles = 500;
const maxLinks = 1_000_000;
/** How much is parsed at a time: what is held of a file besides its body. */
const pieceCharacters = 64 * 1024;

const accept = 'application/xml,text/xml;q=0.9,text/plain;q=0.8,*/*;q=0.7';

type Loaded = Extract<FetchResult, { readonly status: 'ok' }>;

/**
 * Reads a sitemap with all that it refers to, one file after the other, while it is iterated (which may be done once).
 * Links of other sites are passed over: a site speaks for itself only. Links may repeat.
 * @throws RejectedInput `malformed_sitemap`, `unsafe_xml` and what a Fetcher throws, for the sitemap itself; a file that
 *   cannot be read further down makes the reading incomplete
 * @throws TransientError for any file
 */
export function readSitemap(fetcher: Pick<Fetcher, 'fetch'>, url: string, options: SitemapOptions): SitemapReading {
  return new SitemapReading(fetcher, url, options);
}

export class SitemapReading implements AsyncIterable<SitemapLink> {
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #url: string;
  readonly #site: URL;
  readonly #options: SitemapOptions;
  readonly #seen = new Set<string>();
  readonly #files: SitemapFile[] = [];
  #links = 0;
  #hasGaps = false;
  #isUnchanged = false;
  #isDone = false;

  constructor(fetcher: Pick<Fetcher, 'fetch'>, url: string, options: SitemapOptions) {
    this.#fetcher = fetcher;
    this.#url = url;
    this.#site = new URL(options.site ?? url);
    this.#options = options;
  }

  /** Whether everything was read to its end. False until then. */
  get isComplete(): boolean {
    return this.#isDone && !this.#hasGaps && !this.#isUnchanged;
  }

  /** Whether no file has changed since `known`: then there were no links. */
  get isUnchanged(): boolean {
    return this.#isUnchanged;
  }

  /** All that was read so far. */
  get read(): readonly SitemapFile[] {
    return this.#files;
  }

  /** For the `known` of a later reading. Empty unless complete and all of it can be asked for again in that way. */
  get files(): readonly SitemapFile[] {
    const all = this.isComplete && this.#files.every(({ etag, lastModified }) => etag ?? lastModified);
    return all ? this.#files : [];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SitemapLink> {
    const top = await this.#changedTop();
    if (!this.#isUnchanged) yield* this.#file(this.#url, 0, top);
    this.#isDone = true;
  }

  /** Asks for the known files as long as they are unchanged. @returns the sitemap itself when it is what has changed */
  async #changedTop(): Promise<Loaded | undefined> {
    const known = this.#options.known ?? [];
    if (known[0]?.url !== this.#url) return undefined;
    for (const { url, etag, lastModified } of known) {
      const result = await this.#fetch(url, { etag, lastModified });
      if (result.status === 'ok') return url === this.#url ? result : undefined;
    }
    this.#isUnchanged = true;
    return undefined;
  }

  async *#file(url: string, depth: number, loaded?: Loaded): AsyncGenerator<SitemapLink> {
    this.#seen.add(url);
    const file = loaded ?? (await this.#fetch(url, {}));
    if (file.status !== 'ok') return;
    this.#files.push({ url, etag: file.etag, lastModified: file.lastModified });
    const inner: string[] = [];
    let links = 0;
    for await (const { element, loc, lastmod } of this.#entries(url, file)) {
      const link = this.#ownLink(loc, file.url);
      if (link === undefined) continue;
      if (element === 'sitemap') {
        this.#hasGaps ||= inner.length >= maxFiles;
        if (inner.length < maxFiles) inner.push(link);
        continue;
      }
      links += 1;
      this.#links += 1;
      if (links > maxFileLinks || this.#links > maxLinks) {
        this.#hasGaps = true;
        break;
      }
      yield { url: link, lastmod };
    }
    for (const link of inner) yield* this.#innerFile(link, depth + 1);
  }

  async *#innerFile(url: string, depth: number): AsyncGenerator<SitemapLink> {
    if (this.#seen.has(url) || this.#options.follow?.(url) === false) return;
    if (depth > maxDepth || this.#seen.size >= maxFiles || this.#links > maxLinks) {
      this.#hasGaps = true;
      return;
    }
    try {
      yield* this.#file(url, depth);
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      this.#hasGaps = true;
    }
  }

  async *#entries(url: string, file: Loaded): AsyncGenerator<SitemapEntry> {
    const pieces = isGzip(file.body) ? unzipped(url, file.body) : piecesOf(file.text);
    let parser: SitemapParser | undefined;
    for await (const piece of pieces) {
      this.#options.signal.throwIfAborted();
      if (parser === undefined && isTextSitemap(piece)) {
        yield* linesOf(pieces, piece);
        return;
      }
      parser ??= new SitemapParser(url);
      yield* parser.write(piece);
    }
    if (!(parser ?? new SitemapParser(url)).end()) this.#hasGaps = true;
  }

  async #fetch(url: string, conditions: Omit<SitemapFile, 'url'>): Promise<FetchResult> {
    return await this.#fetcher.fetch(url, {
      signal: this.#options.signal,
      accept,
      maxBytes: maxFileBytes,
      ...conditions,
    });
  }

  /** sitemaps.org: a sitemap names links of its own host. With `www.` or without it is the same one. */
  #ownLink(loc: string, base: string): string | undefined {
    if (!URL.canParse(loc, base)) return undefined;
    const link = new URL(loc, base);
    if (link.protocol !== 'https:' && link.protocol !== 'http:') return undefined;
    // A site that is asked for over https is not asked without it because its sitemap is older than that.
    if (this.#site.protocol === 'https:' && link.port === '') link.protocol = 'https:';
    if (bareHost(link) !== bareHost(this.#site) || link.port !== this.#site.port) return undefined;
    return normalizeAddress(link);
  }
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^www\./, '');
}

function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += pieceCharacters) yield text.slice(at, at + pieceCharacters);
}

/** A file that is cut off gives what there is of it; its missing end shows further on. */
async function* unzipped(url: string, body: Uint8Array): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(body);
  let size = 0;
  try {
    const unpacked: AsyncIterable<Uint8Array> = gunzip;
    for await (const bytes of unpacked) {
      size += bytes.length;
      if (size > maxFileBytes) {
        throw new RejectedInput('too_large', `${url} unpacks to more than ${maxFileBytes} bytes`);
      }
      yield decoder.decode(bytes, { stream: true });
    }
  } catch (cause) {
    if (cause instanceof RejectedInput) throw cause;
    throw new RejectedInput('malformed_sitemap', `${url} cannot be unpacked`, { cause });
  } finally {
    gunzip.destroy();
  }
}

/** A link a line, and nothing else. */
function isTextSitemap(start: string): boolean {
  return /^\uFEFF?\s*https?:\/\/\S/i.test(start);
}

async function* linesOf(pieces: AsyncIterable<string>, start: string): AsyncGenerator<SitemapEntry> {
  let rest = '';
  const entries = (text: string): SitemapEntry[] => {
    const lines = (rest + text).split(/\r\n?|\n/);
    rest = (lines.pop() ?? '').slice(0, pieceCharacters);
    return lines.filter((line) => line.trim() !== '').map((line) => ({ element: 'url', loc: line.trim() }));
  };
  yield* entries(start);
  for await (const piece of pieces) yield* entries(piece);
  yield* entries('\n');
}
