import { Element, emptyElement, type Node, Text } from '../../html/dom.ts';
import { elementToMarkdown } from '../../html/markdown.ts';
import type { Markup, Paragraph } from './paragraphs.ts';

/**
 * Paragraphs as Markdown: the same text gives the same Markdown, whatever form it was read from.
 * @param baseUrl what relative links are resolved against
 */
export function storyMarkdown(paragraphs: readonly Paragraph[], baseUrl: string): string {
  const body = emptyElement('div');
  for (let index = 0; index < paragraphs.length; ) {
    const paragraph = paragraphs[index];
    if (paragraph === undefined) break;
    let end = index + 1;
    while (end < paragraphs.length && belongTogether(paragraph, paragraphs[end])) end += 1;
    body.append(block(paragraph, paragraphs.slice(index, end)));
    index = end;
  }
  return elementToMarkdown(body, baseUrl);
}

/** Items of one list, paragraphs of one quote, and code that Medium shows as one block. */
function belongTogether(first: Paragraph, next: Paragraph | undefined): boolean {
  if (first.type !== next?.type) return false;
  if (first.type === 'code' && next.type === 'code') return first.language === next.language;
  return first.type === 'bullet' || first.type === 'number' || first.type === 'quote';
}

function block(paragraph: Paragraph, run: readonly Paragraph[]): Element {
  switch (paragraph.type) {
    case 'title':
    case 'heading':
      return marked('h2', paragraph);
    case 'subheading':
      return marked('h3', paragraph);
    case 'subtitle':
    case 'text':
      return marked('p', paragraph);
    case 'bullet':
      return element(
        'ul',
        run.map((item) => inner('li', item)),
      );
    case 'number':
      return element(
        'ol',
        run.map((item) => inner('li', item)),
      );
    case 'quote':
      return element(
        'blockquote',
        run.map((item) => inner('p', item)),
      );
    case 'code':
      return codeBlock(run, paragraph.language);
    case 'image':
      return figure(paragraph);
    case 'embed':
      return element('p', [element('a', [new Text(paragraph.text)], { href: paragraph.href })]);
    case 'rule':
      return emptyElement('hr');
  }
}

function inner(name: string, paragraph: Paragraph): Element {
  return 'markups' in paragraph ? marked(name, paragraph) : emptyElement(name);
}

function codeBlock(run: readonly Paragraph[], language: string | undefined): Element {
  const text = run.map((paragraph) => (paragraph.type === 'code' ? paragraph.text : '')).join('\n\n');
  return element('pre', [new Text(text)], language === undefined ? {} : { 'data-code-block-lang': language });
}

function figure(image: Extract<Paragraph, { readonly type: 'image' }>): Element {
  const picture = element('img', [], { src: image.source, alt: image.alternative });
  return element('figure', image.text === '' ? [picture] : [picture, marked('figcaption', image)]);
}

function marked(
  name: string,
  { text, markups }: { readonly text: string; readonly markups: readonly Markup[] },
): Element {
  return element(name, nested(segmentsOf(text, markups), 0));
}

interface Segment {
  readonly text: string;
  readonly link: string | undefined;
  readonly strong: boolean;
  readonly emphasis: boolean;
  readonly code: boolean;
}

/** Cuts a text where any of its ranges begins or ends. Linear in the text and its ranges, however these overlap. */
function segmentsOf(text: string, markups: readonly Markup[]): Segment[] {
  const ranges = markups
    .map((markup) => ({ ...markup, start: clamp(markup.start, text), end: clamp(markup.end, text) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const cuts = [...new Set([0, text.length, ...ranges.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  const reach = { strong: 0, emphasis: 0, code: 0, link: 0 };
  let href: string | undefined;
  let next = 0;
  const segments: Segment[] = [];
  for (const [index, start] of cuts.entries()) {
    const end = cuts[index + 1];
    if (end === undefined) break;
    for (; (ranges[next]?.start ?? Number.POSITIVE_INFINITY) <= start; next += 1) {
      const range = ranges[next];
      if (range === undefined) break;
      // Of links that overlap, the one that begins first is followed to its end.
      if (range.type === 'link' && reach.link > start) continue;
      if (range.type === 'link') href = range.href;
      reach[range.type] = Math.max(reach[range.type], range.end);
    }
    segments.push({
      text: text.slice(start, end),
      link: reach.link > start ? href : undefined,
      strong: reach.strong > start,
      emphasis: reach.emphasis > start,
      code: reach.code > start,
    });
  }
  return segments;
}

function clamp(offset: number, text: string): number {
  return Number.isFinite(offset) ? Math.min(Math.max(0, Math.trunc(offset)), text.length) : 0;
}

/** From the outermost. One order for all, so that equal looks are equal Markdown. */
const nesting = [
  { key: 'link', name: 'a' },
  { key: 'strong', name: 'strong' },
  { key: 'emphasis', name: 'em' },
  { key: 'code', name: 'code' },
] as const;

function nested(segments: readonly Segment[], level: number): Node[] {
  const style = nesting[level];
  if (style === undefined) return segments.flatMap(({ text }) => lines(text));
  const nodes: Node[] = [];
  for (let index = 0; index < segments.length; ) {
    const value = segments[index]?.[style.key];
    let end = index + 1;
    while (end < segments.length && segments[end]?.[style.key] === value) end += 1;
    const inside = nested(segments.slice(index, end), level + 1);
    if (value === undefined || value === false) for (const node of inside) nodes.push(node);
    else nodes.push(element(style.name, inside, typeof value === 'string' ? { href: value } : {}));
    index = end;
  }
  return nodes;
}

function lines(text: string): Node[] {
  return text
    .split('\n')
    .flatMap((line, index) => (index === 0 ? [new Text(line)] : [emptyElement('br'), new Text(line)]));
}

function element(name: string, children: readonly Node[], attributes: Readonly<Record<string, string>> = {}): Element {
  const made = new Element(name, new Map(Object.entries(attributes)));
  for (const child of children) made.append(child);
  return made;
}
