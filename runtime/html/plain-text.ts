/**
 * The words of Markdown as a reader sees them: without link targets, emphasis, table rules, bullets, quote marks, fences,
 * footnote marks, and images with their alternative text and caption (a paragraph in italics right below). Code and the
 * numbers of lists stay. Made for measuring and previews, not for display.
 */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  let image = false;
  for (const line of markdown.split('\n')) {
    const mark = /^(?:[\s>]|[-+*] |\d+\. )*(`{3,})/.exec(line)?.[1];
    if (fence === '' && mark !== undefined) fence = mark;
    else if (fence !== '' && line.trim().replace(/^[>\s]*/, '') === fence) fence = '';
    else if (fence !== '') lines.push(line);
    else if (!(image && /^\s*\*[^*].*\*$/.test(line))) lines.push(plainLine(line));
    if (line !== '') image = /^\s*(?:\[?!\[.*\]\(\S*\)\s*)+$/.test(line);
  }
  return lines.join('\n');
}

function plainLine(line: string): string {
  return line
    .replace(/^[\s>]*(?:(?:[-+*]|:)\s+(?:\[[ x]\]\s+)?)*(?:#{1,6} )?/, '')
    .replace(/^\|(?:\s*:?-+:?\s*\|)+$/, '')
    .replace(/\[\^[^\]]+\]:?/g, ' ')
    .replace(/!\[(?:\\.|[^\]\\])*\]\([^)]*\)/g, ' ')
    .replace(/\]\((?:[a-z]+:)[^)\s]*\)/gi, '')
    .replace(/(?<!\\)(?:\*\*|\*|~~|`+|\[)/g, '')
    .replace(/(?<!\\)\|/g, ' ')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
}
