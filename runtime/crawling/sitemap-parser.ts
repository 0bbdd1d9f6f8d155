import { Parser } from 'htmlparser2';
import { RejectedInput } from '../domain/errors.ts';
import { maxLinkCharacters } from './link-length.ts';

/** A `url` of a sitemap, or a `sitemap` of an index, as it is written there. */
export interface SitemapEntry {
  readonly element: 'url' | 'sitemap';
  readonly loc: string;
  readonly lastmod?: string | undefined;
}

/** A date is far shorter than a hundred characters. */
const longest = { loc: maxLinkCharacters, lastmod: 100 };
/** Extensions for images and news go five deep. */
const deepest = 32;

/**
 * Reads the XML of a sitemap as it comes, holding no more of it than one entry. No entity is expanded but XML's own.
 * @throws RejectedInput out of `write`: `malformed_sitemap` (not a sitemap, nested too deeply), `unsafe_xml` (defines entities)
 */
export class SitemapParser {
  readonly #parser: Parser;
  readonly #url: string;
  #depth = 0;
  /** Of the root element, with its colon: all elements of a sitemap share it, those of extensions have another one. */
  #prefix = '';
  #entry: { element: 'url' | 'sitemap'; loc: string; lastmod: string } | undefined;
  #field: 'loc' | 'lastmod' | undefined;
  #started = false;
  #closed = false;
  #entries: SitemapEntry[] = [];

  constructor(url: string) {
    this.#url = url;
    const handler = {
      onopentag: (name: string) => this.#open(name.toLowerCase()),
      onclosetag: (_name: string, implied: boolean) => this.#close(implied),
      ontext: (text: string) => this.#text(text),
      onprocessinginstruction: (name: string, data: string) => this.#declaration(name, data),
    };
    this.#parser = new Parser(handler, { xmlMode: true, decodeEntities: true });
  }

  /** @returns the entries that this piece has ended */
  write(piece: string): readonly SitemapEntry[] {
    this.#parser.write(piece);
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  /** @returns whether the file was whole @throws RejectedInput `malformed_sitemap` when there was no root element */
  end(): boolean {
    this.#parser.end();
    if (!this.#started) throw this.#malformed('it has no urlset and no sitemapindex');
    return this.#closed;
  }

  #open(name: string): void {
    this.#depth += 1;
    if (this.#closed) return;
    if (this.#depth === 1) this.#root(name);
    if (this.#depth > deepest) throw this.#malformed(`its elements are nested more than ${deepest} deep`);
    const own = this.#ownName(name);
    if (this.#depth === 2 && (own === 'url' || own === 'sitemap')) this.#entry = { element: own, loc: '', lastmod: '' };
    if (this.#depth === 3 && (own === 'loc' || own === 'lastmod')) this.#field = own;
  }

  #root(name: string): void {
    this.#prefix = /^[^:]*:/.exec(name)?.[0] ?? '';
    const own = this.#ownName(name);
    if (own !== 'urlset' && own !== 'sitemapindex') {
      throw this.#malformed(`its root is <${name.slice(0, 40)}>, which should be urlset or sitemapindex`);
    }
    this.#started = true;
  }

  #close(implied: boolean): void {
    if (this.#depth === 2 && this.#entry !== undefined && !implied) this.#finish(this.#entry);
    if (this.#depth === 2) this.#entry = undefined;
    this.#field = undefined;
    this.#depth -= 1;
    if (this.#depth === 0 && !implied) this.#closed = true;
  }

  #finish({ element, loc, lastmod }: { element: 'url' | 'sitemap'; loc: string; lastmod: string }): void {
    const link = loc.trim();
    if (link === '' || link.length > longest.loc) return;
    const date = lastmod.trim();
    this.#entries.push({ element, loc: link, ...(date !== '' && date.length <= longest.lastmod && { lastmod: date }) });
  }

  #text(text: string): void {
    if (this.#entry === undefined || this.#field === undefined || this.#depth !== 3) return;
    const most = longest[this.#field];
    // One character too many is kept, so that what is too long is known to be.
    if (this.#entry[this.#field].length <= most * 2) this.#entry[this.#field] += text.slice(0, most * 2);
  }

  #declaration(name: string, data: string): void {
    if (name.toLowerCase() === '!entity' || /<!entity/i.test(data)) {
      throw new RejectedInput('unsafe_xml', `${this.#url} defines entities of its own, which no sitemap needs`);
    }
  }

  #ownName(name: string): string {
    return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name;
  }

  #malformed(why: string): RejectedInput {
    return new RejectedInput('malformed_sitemap', `${this.#url} cannot be read as a sitemap: ${why}`);
  }
}
