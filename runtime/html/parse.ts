import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { Element, emptyElement, maximumDepth, Text } from './dom.ts';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

export const voidElements = setOf(
  'area base basefont br col embed frame hr img input link meta param source track wbr',
);
const headElements = setOf('base basefont bgsound link meta noscript script style template title noframes');
const closesParagraph = setOf(
  'address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption figure footer form h1 h2 ' +
    'h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre search section summary table ul',
);
const headings = setOf('h1 h2 h3 h4 h5 h6');
/** An end tag never reaches an element outside of these. */
const scopes = setOf('html body table td th caption template object applet marquee svg math');
/** What an end tag of an inline element may close on its way; other elements stay open. */
const inlineElements = setOf(
  'a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span strike strong sub ' +
    'sup time tt u var',
);

/** Start tag → the open elements that it closes, looked for until one of `until` is met. */
const implied: ReadonlyMap<string, { readonly closes: ReadonlySet<string>; readonly until: ReadonlySet<string> }> =
  new Map([
    ['li', { closes: setOf('li'), until: setOf('ul ol menu table td th blockquote template body html') }],
    ['dt', { closes: setOf('dt dd'), until: setOf('dl table td th ul ol template body html') }],
    ['dd', { closes: setOf('dt dd'), until: setOf('dl table td th ul ol template body html') }],
    ['tr', { closes: setOf('tr caption colgroup'), until: setOf('table template') }],
    ['td', { closes: setOf('td th'), until: setOf('tr table template') }],
    ['th', { closes: setOf('td th'), until: setOf('tr table template') }],
    ['tbody', { closes: setOf('tbody thead tfoot caption colgroup'), until: setOf('table template') }],
    ['thead', { closes: setOf('tbody thead tfoot caption colgroup'), until: setOf('table template') }],
    ['tfoot', { closes: setOf('tbody thead tfoot caption colgroup'), until: setOf('table template') }],
    ['option', { closes: setOf('option'), until: setOf('select datalist optgroup') }],
    ['optgroup', { closes: setOf('optgroup'), until: setOf('select') }],
    ['rt', { closes: setOf('rt rp'), until: setOf('ruby') }],
    ['rp', { closes: setOf('rt rp'), until: setOf('ruby') }],
  ]);

/**
 * Builds the tree that a browser would show, for what matters to reading: implied end tags and misnested inline
 * elements follow the HTML standard, formatting is not reopened across blocks, and text misplaced in tables stays where it
 * is. Unlike the standard's algorithm its time and memory are linear in the input, whatever that is.
 */
class TreeBuilder implements TokenizerCallbacks {
  readonly root = emptyElement('#document');
  readonly #html: string;
  readonly #stack: Element[] = [this.root];
  #name = '';
  #attributes: Map<string, string> = new Map();
  #attributeName = '';
  #attributeValue = '';

  constructor(html: string) {
    this.#html = html;
  }

  onopentagname(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    this.#name = name === 'image' && !this.isInForeignContext() ? 'img' : name;
    this.#attributes = new Map();
  }

  onattribname(start: number, end: number): void {
    this.#attributeName = this.#html.slice(start, end).toLowerCase();
    this.#attributeValue = '';
  }

  onattribdata(start: number, end: number): void {
    this.#attributeValue += this.#html.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    this.#attributeValue += String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    if (!this.#attributes.has(this.#attributeName)) this.#attributes.set(this.#attributeName, this.#attributeValue);
  }

  onopentagend(): void {
    this.#open(false);
  }

  onselfclosingtag(): void {
    this.#open(this.isInForeignContext() || this.#name === 'svg' || this.#name === 'math');
  }

  onclosetag(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    if (name === 'br') this.#current.append(emptyElement('br'));
    else if (!voidElements.has(name) && name !== 'html' && name !== 'body') this.#close(name);
  }

  #close(name: string): void {
    const inline = inlineElements.has(name);
    for (let index = this.#stack.length - 1; index > 0; index -= 1) {
      const open = this.#stack[index]?.name ?? '';
      if (open === name || (headings.has(name) && headings.has(open))) {
        this.#stack.length = index;
        return;
      }
      if (scopes.has(open) && !scopes.has(name) && !tableParts.has(name)) return;
      if (open === 'table' && tableParts.has(name)) return;
      if (inline && !inlineElements.has(open)) {
        this.#forget(name, index);
        return;
      }
    }
  }

  ontext(start: number, end: number): void {
    this.#text(this.#html.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    this.#text(String.fromCodePoint(codePoint));
  }

  oncdata(start: number, end: number, endOffset: number): void {
    if (this.isInForeignContext()) this.#text(this.#html.slice(start, end - endOffset));
  }

  isInForeignContext(): boolean {
    for (let index = this.#stack.length - 1; index > 0; index -= 1) {
      const name = this.#stack[index]?.name;
      if (name === 'svg' || name === 'math') return true;
      if (name === 'foreignobject' || name === 'div' || name === 'body') return false;
    }
    return false;
  }

  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}

  get #current(): Element {
    return this.#stack.at(-1) ?? this.root;
  }

  #open(selfClosed: boolean): void {
    const name = this.#name;
    if (this.#isRepeated(name)) return;
    this.#closeImplied(name);
    const element = new Element(name, this.#attributes);
    if (this.#stack.length >= maximumDepth) this.#stack.pop();
    this.#current.append(element);
    if (!selfClosed && !voidElements.has(name)) this.#stack.push(element);
  }

  /** A page has one `html` and one `body`, whatever was pasted into it. */
  #isRepeated(name: string): boolean {
    return (name === 'html' || name === 'body') && this.#stack.some((open) => open.name === name);
  }

  #closeImplied(name: string): void {
    if (this.#current.name === 'head' && !headElements.has(name)) this.#stack.pop();
    if (name === 'body') this.#closeThrough(headSet, scopes);
    if (closesParagraph.has(name)) this.#closeParagraph();
    if (headings.has(name) && headings.has(this.#current.name)) this.#stack.pop();
    if (name === 'a') this.#close('a');
    const rule = implied.get(name);
    if (rule) this.#closeThrough(rule.closes, rule.until);
  }

  /** Closes the outermost of `closes` inside the innermost of `until`, with all that is open in it. */
  #closeThrough(closes: ReadonlySet<string>, until: ReadonlySet<string>): void {
    let cut = 0;
    for (let index = this.#stack.length - 1; index > 0; index -= 1) {
      const open = this.#stack[index]?.name ?? '';
      if (closes.has(open)) cut = index;
      else if (until.has(open)) break;
    }
    if (cut > 0) this.#stack.length = cut;
  }

  /** A block ends the paragraph it stands in, also when inline elements are still open there. */
  #closeParagraph(): void {
    for (let index = this.#stack.length - 1; index > 0; index -= 1) {
      const open = this.#stack[index]?.name ?? '';
      if (open === 'p') {
        this.#stack.length = index;
        return;
      }
      if (!inlineElements.has(open)) return;
    }
  }

  /** The inline element stays where it is in the tree, but what follows in the open block is no longer put inside it. */
  #forget(name: string, from: number): void {
    for (let index = from; index > 0; index -= 1) {
      const open = this.#stack[index]?.name ?? '';
      if (scopes.has(open)) return;
      if (open === name) {
        this.#stack.splice(index, 1);
        return;
      }
    }
  }

  #text(value: string): void {
    const parent = this.#current;
    const last = parent.children.at(-1);
    if (last?.type === 'text') last.value += value;
    else parent.append(new Text(value));
  }
}

const headSet = setOf('head');
const tableParts = setOf('table tbody thead tfoot tr td th caption');

/** @returns a `#document` element that holds whatever the page has; never throws */
export function parseHtml(html: string): Element {
  // The standard reads CRLF and CR as LF. A null character is dropped, as browsers do in text.
  const text = /[\r\0]/.test(html) ? html.replace(/\r\n?/g, '\n').replaceAll('\0', '') : html;
  const builder = new TreeBuilder(text);
  const tokenizer = new Tokenizer({ decodeEntities: true }, builder);
  tokenizer.write(text);
  tokenizer.end();
  return builder.root;
}
