import { type Element, findElement, isLargerThan } from './dom.ts';
import { inlineMarkdown, lineBreak, type MarkdownContext, withoutStrong } from './markdown-inline.ts';

const widestSpan = 30;
const layoutContent: ReadonlySet<string> = new Set([
  'table',
  'pre',
  'h1',
  'h2',
  'h3',
  'h4',
  'blockquote',
  'article',
  'section',
]);
const longestCell = 1_500;

/** Rows of cells, or nothing when the table only places things beside one another. */
export function dataRows(table: Element): Element[][] | undefined {
  if (/^(?:presentation|none)$/.test(table.attributes.get('role') ?? '')) return undefined;
  const rows = rowsOf(table);
  if (rows.length === 0 || Math.max(...rows.slice(0, 1_000).map((row) => row.length)) < 2) return undefined;
  for (const row of rows) {
    for (const cell of row) {
      if (findElement(cell, ({ name }) => layoutContent.has(name)) || isLargerThan(cell, longestCell)) return undefined;
    }
  }
  return rows;
}

function rowsOf(table: Element): Element[][] {
  const rows: Element[][] = [];
  const visit = (element: Element): void => {
    for (const child of element.children) {
      if (child.type !== 'element') continue;
      if (child.name === 'tr') {
        const cells = child.children
          .filter((cell) => cell.type === 'element')
          .filter(({ name }) => name === 'td' || name === 'th');
        if (cells.length > 0) rows.push(cells);
      } else if (child.name === 'tbody' || child.name === 'thead' || child.name === 'tfoot') {
        visit(child);
      }
    }
  };
  visit(table);
  return rows;
}

/** A GFM table; its first row is the head, as GFM knows no table without one. */
export function tableMarkdown(rows: readonly Element[][], context: MarkdownContext): string {
  const lines: string[][] = [];
  let width = 0;
  for (const [index, row] of rows.entries()) {
    const cells: string[] = [];
    for (const cell of row) {
      cells.push(cellMarkdown(cell, context, index === 0 || cell.name === 'th'));
      const span = Number.parseInt(cell.attributes.get('colspan') ?? '1', 10);
      for (let extra = 1; extra < Math.min(span, widestSpan); extra += 1) cells.push('');
    }
    if (cells.every((cell) => cell === '')) continue;
    width = Math.max(width, cells.length);
    lines.push(cells);
  }
  const [head, ...body] = lines.map(
    (cells) => `| ${[...cells, ...Array(width - cells.length).fill('')].join(' | ')} |`,
  );
  if (head === undefined) return '';
  return [head, `|${' --- |'.repeat(width)}`, ...body].join('\n');
}

function cellMarkdown(cell: Element, context: MarkdownContext, heading: boolean): string {
  const text = inlineMarkdown(cell.children, context, heading ? withoutStrong : undefined);
  return text.replaceAll(lineBreak, ' ').replace(/ {2,}/g, ' ').trim().replace(/\|/g, '\\|');
}
