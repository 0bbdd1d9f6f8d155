import { type Element, findElement, isLargerThan, type Node, rawText } from './dom.ts';
import { footnotesIn } from './footnotes.ts';
import { codeBlock, codeTable, isBlockOfCode } from './markdown-code.ts';
import { escapeLineStarts } from './markdown-escape.ts';
import {
  blockElements,
  inlineMarkdown,
  lineBreak,
  type MarkdownContext,
  neverShown,
  withoutEmphasis,
  withoutStrong,
} from './markdown-inline.ts';
import { dataRows, tableMarkdown } from './markdown-table.ts';
import { parseHtml } from './parse.ts';

/** Deeper lists, quotes and notes are written without further indentation: each level copies all that is in it. */
const deepestIndentation = 12;

const longestCaption = 1_500;
const notInCaptions: ReadonlySet<string> = new Set(['img', 'table', 'pre', 'ul', 'ol', 'code', 'blockquote']);

/**
 * GitHub-flavoured Markdown of a fragment or a page: headings, lists, tables, quotes, code with its indentation, links
 * and images made absolute, footnotes as `[^1]`, definition lists as `: …`. Text that looks like Markdown is escaped.
 * Whatever cannot be read (scripts, forms, frames) is left out; nothing else is.
 * @param baseUrl what relative links are resolved against
 */
export function htmlToMarkdown(html: string, baseUrl: string): string {
  return elementToMarkdown(parseHtml(html), baseUrl);
}

/** The same for an element of a parsed tree. */
export function elementToMarkdown(element: Element, baseUrl: string): string {
  const context: MarkdownContext = { baseUrl, footnotes: footnotesIn(element), depth: 0 };
  const writer = new BlockWriter();
  return writer.blocks([element], context).join('\n\n');
}

class BlockWriter {
  readonly #hasBlock = new Map<Element, boolean>();

  /** Each block without blank lines around it; runs of inline nodes are paragraphs. */
  blocks(nodes: readonly Node[], context: MarkdownContext): string[] {
    const blocks: string[] = [];
    let run: Node[] = [];
    const flush = (): void => {
      if (run.length > 0) for (const paragraph of paragraphs(run, context)) blocks.push(paragraph);
      run = [];
    };
    for (const node of nodes) {
      if (node.type === 'text' || !this.#isBlock(node)) {
        run.push(node);
      } else {
        flush();
        for (const block of this.#block(node, context)) blocks.push(block);
      }
    }
    flush();
    return blocks;
  }

  #isBlock(element: Element): boolean {
    const known = this.#hasBlock.get(element);
    if (known !== undefined) return known;
    const { name } = element;
    const block =
      name === '#document' ||
      blockElements.has(name) ||
      isBlockOfCode(element) ||
      (!neverShown.has(name) &&
        name !== 'math' &&
        element.children.some((child) => child.type === 'element' && this.#isBlock(child)));
    this.#hasBlock.set(element, block);
    return block;
  }

  #block(element: Element, context: MarkdownContext): string[] {
    const { name } = element;
    if (element.attributes.has('hidden')) return [];
    const label = context.footnotes.definitions.get(element);
    if (label !== undefined) return this.#footnote(element, label, context);
    switch (name) {
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6':
        return this.#heading(element, Number(name.slice(1)), context);
      case 'pre':
      case 'code':
        return present(codeBlock(element));
      case 'hr':
        return ['---'];
      case 'ul':
      case 'ol':
      case 'menu':
      case 'dir':
        return this.#list(element, context);
      case 'dd':
        return this.#definition(element, context);
      case 'dt':
      case 'summary':
        return this.#term(element, context);
      case 'blockquote':
        return this.#quote(element, context);
      case 'table':
        return this.#table(element, context);
      case 'figcaption':
      case 'caption':
        return this.#caption(element, context);
      default:
        return neverShown.has(name) ? [] : this.blocks(element.children, context);
    }
  }

  #heading(element: Element, level: number, context: MarkdownContext): string[] {
    const text = inlineMarkdown(element.children, context, withoutStrong).replaceAll(lineBreak, ' ').trim();
    // An image by itself, or a whole text set as a heading, is no heading.
    if (text === '' || /^!\[[^\]]*\]\(\S*\)$/.test(text)) return present(text);
    if (text.length > 400) return [escapeLineStarts(text)];
    return [`${'#'.repeat(level)} ${text.replace(/ (#+)$/, ' \\$1')}`];
  }

  #list(list: Element, context: MarkdownContext): string[] {
    const ordered = list.name === 'ol';
    const start = Number.parseInt(list.attributes.get('start') ?? '1', 10);
    let number = Number.isSafeInteger(start) && start >= 0 && start < 1e8 ? start : 1;
    const flat = context.depth >= deepestIndentation;
    const inner = { ...context, depth: context.depth + 1 };
    const items: string[] = [];
    const notes: string[] = [];
    let loose = false;
    for (const group of itemsOf(list)) {
      const [first] = group;
      if (first?.type === 'element' && context.footnotes.definitions.has(first)) {
        for (const block of this.#block(first, context)) notes.push(block);
        continue;
      }
      const blocks = this.blocks(group, inner);
      if (blocks.length === 0) continue;
      const marker = ordered ? `${number}. ` : '- ';
      number += 1;
      if (flat) {
        for (const block of blocks) items.push(block);
        continue;
      }
      const tight = blocks.slice(1).every((block) => /^(?:[-*] |\d+\. )/.test(block));
      loose ||= !tight;
      items.push(marker + indent(blocks.join(tight ? '\n' : '\n\n'), ' '.repeat(marker.length)));
    }
    const joined = flat ? items : present(items.join(loose ? '\n\n' : '\n'));
    return [...joined, ...notes];
  }

  #footnote(element: Element, label: string, context: MarkdownContext): string[] {
    const definitions = new Map(context.footnotes.definitions);
    definitions.delete(element);
    const inner: MarkdownContext = { ...context, depth: context.depth + 1 };
    const blocks = this.blocks(element.children, inner);
    if (context.depth >= deepestIndentation) return blocks;
    return present(blocks.length === 0 ? '' : `[^${label}]: ${indent(blocks.join('\n\n'), '    ')}`);
  }

  #term(element: Element, context: MarkdownContext): string[] {
    const blocks = this.blocks(element.children, context);
    return blocks.length === 1 && blocks[0] && !/^[#*>`|-]/.test(blocks[0]) ? [`**${blocks[0]}**`] : blocks;
  }

  #definition(element: Element, context: MarkdownContext): string[] {
    const blocks = this.blocks(element.children, { ...context, depth: context.depth + 1 });
    if (blocks.length === 0 || context.depth >= deepestIndentation) return blocks;
    return [`: ${indent(blocks.join('\n\n'), '  ')}`];
  }

  #quote(element: Element, context: MarkdownContext): string[] {
    const blocks = this.blocks(element.children, { ...context, depth: context.depth + 1 });
    if (blocks.length === 0 || context.depth >= deepestIndentation) return blocks;
    return [blocks.join('\n\n').replace(/^(?=(.?))/gm, (_, next: string) => (next === '' ? '>' : '> '))];
  }

  #table(table: Element, context: MarkdownContext): string[] {
    const code = codeTable(table);
    if (code) return present(codeBlock(findElement(code, ({ name }) => name === 'pre') ?? code));
    const rows = dataRows(table);
    if (!rows) return this.blocks(table.children, context);
    const caption = table.children.filter((child) => child.type === 'element' && child.name === 'caption');
    return [...this.blocks(caption, context), ...present(tableMarkdown(rows, context))];
  }

  #caption(element: Element, context: MarkdownContext): string[] {
    if (isLargerThan(element, longestCaption) || findElement(element, ({ name }) => notInCaptions.has(name)))
      return this.blocks(element.children, context);
    const text = inlineMarkdown(element.children, context, withoutEmphasis).replaceAll(lineBreak, ' ').trim();
    return present(text && `*${text}*`);
  }
}

function present(block: string | undefined): string[] {
  return block ? [block] : [];
}

function indent(text: string, by: string): string {
  return text.replace(/\n(?=[^\n])/g, `\n${by}`);
}

/** One group an item: an `li`, or what stands in the list without one (sublists there belong to the item before). */
function itemsOf(list: Element): Node[][] {
  const groups: Node[][] = [];
  for (const child of list.children) {
    if (child.type === 'element' && child.name === 'li') groups.push([child]);
    else if (child.type === 'element') (groups.at(-1) ?? groups[groups.push([]) - 1])?.push(child);
    else if (rawText(child).trim() !== '') groups.push([child]);
  }
  return groups;
}

/** One break is a line break, two or more end the paragraph. */
function paragraphs(nodes: readonly Node[], context: MarkdownContext): string[] {
  const found: string[] = [];
  for (const part of inlineMarkdown(nodes, context).split(/\0{2,}/)) {
    const text = part.replace(/^\0+|\0+$/g, '').replaceAll(lineBreak, '  \n');
    if (text !== '') found.push(escapeLineStarts(text));
  }
  return found;
}
