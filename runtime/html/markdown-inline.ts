import { collapse, type Element, lineOf, type Node, rawText, signature } from './dom.ts';
import { type Footnotes, isBackLink } from './footnotes.ts';
import { codeSpan } from './markdown-code.ts';
import { escapeText } from './markdown-escape.ts';

export interface MarkdownContext {
  /** Relative links and images are resolved against it. */
  readonly baseUrl: string;
  readonly footnotes: Footnotes;
  /** Lists, quotes and notes that the writer is in. */
  readonly depth: number;
}

/** Stands for `<br>` until white space is collapsed; the parser drops null characters, so text cannot hold one. */
export const lineBreak = '\0';

interface InlineStyle {
  readonly strong: boolean;
  readonly emphasis: boolean;
  readonly link: boolean;
}

const plain: InlineStyle = { strong: false, emphasis: false, link: false };
export const withoutStrong: InlineStyle = { strong: true, emphasis: false, link: false };
export const withoutEmphasis: InlineStyle = { strong: true, emphasis: true, link: false };

export const neverShown: ReadonlySet<string> = new Set(
  'head script style template noscript svg iframe object embed canvas audio video select textarea button map area link meta title rp datalist dialog'.split(
    ' ',
  ),
);

export const blockElements: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 ' +
    'h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table tbody td tfoot th ' +
    'thead tr ul caption'
  ).split(' '),
);

/** Inline nodes as one line of Markdown; `<br>` is left as {@link lineBreak}. */
export function inlineMarkdown(nodes: readonly Node[], context: MarkdownContext, style: InlineStyle = plain): string {
  return joined(nodes, context, style)
    .replace(/[^\S\0]+/g, ' ')
    .replace(/ ?\0 ?/g, lineBreak)
    .trim();
}

function children(element: Element, context: MarkdownContext, style: InlineStyle): string {
  return joined(element.children, context, style);
}

/** Two runs of the same emphasis become one, and a `!` never makes an image of the link behind it. */
function joined(nodes: readonly Node[], context: MarkdownContext, style: InlineStyle): string {
  const parts: string[] = [];
  for (const node of nodes) {
    let part = node.type === 'text' ? escapeText(node.value) : inline(node, context, style);
    if (part === '') continue;
    const last = parts.at(-1) ?? '';
    if (/(?:^|[^*\\])\*\*$/.test(last.slice(-3)) && /^\*\*(?!\*)/.test(part)) {
      parts[parts.length - 1] = last.slice(0, -2);
      part = part.slice(2);
    } else if (last.endsWith('!') && part.startsWith('[')) {
      parts[parts.length - 1] = `${last.slice(0, -1)}\\!`;
    }
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] ?? '') : parts.join('');
}

function inline(element: Element, context: MarkdownContext, style: InlineStyle): string {
  const { name, attributes } = element;
  if (attributes.has('hidden')) return '';
  switch (name) {
    case 'br':
      return lineBreak;
    case 'wbr':
      return '';
    case 'strong':
    case 'b':
      return style.strong
        ? children(element, context, style)
        : wrap('**', children(element, context, { ...style, strong: true }));
    case 'em':
    case 'i':
    case 'cite':
    case 'dfn':
      return style.emphasis
        ? children(element, context, style)
        : wrap('*', children(element, context, { ...style, emphasis: true }));
    case 'del':
    case 's':
    case 'strike':
      return wrap('~~', children(element, context, style));
    case 'code':
    case 'kbd':
    case 'samp':
    case 'tt':
      return codeSpan(rawText(element));
    case 'q':
      return `“${children(element, context, style)}”`;
    case 'rt':
      return `(${children(element, context, style)})`;
    case 'sup':
      return superscript(children(element, context, style));
    case 'a':
      return link(element, context, style);
    case 'img':
      return image(element, context);
    case 'input':
      return attributes.get('type') === 'checkbox' && element.parent?.name !== 'label' ? checkbox(attributes) : '';
    case 'math':
      return formula(element);
    default:
      if (neverShown.has(name)) return texScript(element);
      return blockElements.has(name) ? ` ${children(element, context, style)} ` : children(element, context, style);
  }
}

function wrap(mark: string, content: string): string {
  const { before, inner, after } = edges(content);
  if (inner === '') return content;
  // Emphasis does not reach over a break.
  const lines = inner.split(lineBreak).map((line) => {
    const part = edges(line);
    return part.inner === '' ? line : `${part.before}${mark}${part.inner}${mark}${part.after}`;
  });
  return before + lines.join(lineBreak) + after;
}

/** White space and breaks around the text, apart from it. */
function edges(content: string): { readonly before: string; readonly inner: string; readonly after: string } {
  const isBlank = (index: number): boolean => content.charCodeAt(index) === 0 || content.charAt(index).trim() === '';
  let start = 0;
  while (start < content.length && isBlank(start)) start += 1;
  let end = content.length;
  while (end > start && isBlank(end - 1)) end -= 1;
  return { before: content.slice(0, start), inner: content.slice(start, end), after: content.slice(end) };
}

function superscript(content: string): string {
  return /^\s*[+−-]?\d+\s*$|^\s*[a-z]\s*$/.test(content) ? `^${content.trim()}` : content;
}

function checkbox(attributes: ReadonlyMap<string, string>): string {
  return attributes.has('checked') ? '[x] ' : '[ ] ';
}

function link(element: Element, context: MarkdownContext, style: InlineStyle): string {
  const label = context.footnotes.references.get(element);
  if (label !== undefined) return `[^${label}]`;
  const href = element.attributes.get('href')?.trim() ?? '';
  if (href.startsWith('#')) {
    if (isPermalink(element) || (isInNote(element, context) && isBackLink(element))) return '';
    return children(element, context, style);
  }
  const target = style.link ? undefined : resolveLink(href, context.baseUrl);
  if (target === undefined) return children(element, context, style);
  const content = children(element, context, { ...style, link: true });
  const { before, inner, after } = edges(content);
  if (inner === '') return content;
  return `${before}[${inner.replace(/\0+/g, ' ')}](${target})${after}`;
}

/** The `#` or `¶` that many sites put beside a heading. */
function isPermalink(link: Element): boolean {
  return (
    /^[\s#¶§🔗]*$/u.test(rawText(link)) || /(?:^|\s)(?:header-?link|heading-?anchor|permalink)/.test(signature(link))
  );
}

function isInNote(element: Element, context: MarkdownContext): boolean {
  for (let parent = element.parent; parent; parent = parent.parent) {
    if (context.footnotes.definitions.has(parent)) return true;
  }
  return false;
}

/** Absolute and safe to stand between parentheses; nothing when it leads nowhere on the web. */
function resolveLink(href: string, baseUrl: string): string | undefined {
  if (href === '' || !URL.canParse(href, baseUrl)) return undefined;
  const url = new URL(href, baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:' && url.protocol !== 'mailto:') return undefined;
  return url.href.replace(/[()\s]/g, (character) =>
    encodeURIComponent(character).replace('(', '%28').replace(')', '%29'),
  );
}

const sourceAttributes = ['data-src', 'data-original', 'data-lazy-src', 'data-lazy', 'data-orig-file', 'src'];

function image(element: Element, context: MarkdownContext): string {
  const { attributes } = element;
  const alt = collapse(attributes.get('alt') ?? '');
  const names = signature(element);
  // An image that stands for a character, not beside the text.
  if (/(?:^|\s)(?:emoji|wp-smiley|emojione|twemoji)/.test(names)) return escapeText(alt);
  if (/(?:^|\s)(?:latex|tex|mwe-math-fallback)/.test(names) && alt !== '') return `$${alt}$`;
  if (attributes.get('width') === '1' || attributes.get('height') === '1') return '';
  const source = imageSource(attributes, context.baseUrl);
  if (source === undefined) return '';
  return `![${escapeText(alt).replace(/[[\]]/g, '\\$&')}](${source})`;
}

/** Whether an image says where it is, in any of the ways that Markdown can be made of. */
export function hasSource(attributes: ReadonlyMap<string, string>): boolean {
  return imageSource(attributes, 'https://any.invalid/') !== undefined;
}

function imageSource(attributes: ReadonlyMap<string, string>, baseUrl: string): string | undefined {
  for (const name of sourceAttributes) {
    const value = attributes.get(name)?.trim() ?? '';
    if (value !== '' && !value.startsWith('data:')) return resolveLink(value, baseUrl);
  }
  const [first = ''] = (attributes.get('srcset') ?? attributes.get('data-srcset') ?? '').trim().split(/\s+/, 1);
  return first.startsWith('data:') ? undefined : resolveLink(first, baseUrl);
}

function formula(element: Element): string {
  const annotation = annotationOf(element);
  return annotation ? `$${annotation}$` : escapeText(lineOf(element));
}

function annotationOf(element: Element): string | undefined {
  for (const child of element.children) {
    if (child.type !== 'element') continue;
    if (child.name === 'annotation' && /tex/i.test(child.attributes.get('encoding') ?? '')) return lineOf(child);
    const found = annotationOf(child);
    if (found) return found;
  }
  return undefined;
}

/** MathJax keeps formulas in scripts. */
function texScript(element: Element): string {
  return element.name === 'script' && /^math\/tex/.test(element.attributes.get('type') ?? '')
    ? `$${lineOf(element)}$`
    : '';
}
