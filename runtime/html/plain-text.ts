/**
 * The words of Markdown as a reader sees them: without link targets, images (with their alternative text), emphasis, table
 * rules, list and quote marks, fences and footnote marks. Code stays. Made for measuring and previews, not for display.
 */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = /^(?:[\s>]|[-+*] |\d+\. )*(`{3,})/.exec(line)?.[1];
    if (fence === '' && mark !== undefined) fence = mark;
    else if (fence !== '' && line.trim().replace(/^[>\s]*/, '') === fence) fence = '';
    else lines.push(fence === '' ? plainLine(line) : line);
  }
  return lines.join('\n');
}

function plainLine(line: string): string {
  return line
    .replace(/^[\s>]*(?:(?:#{1,6}|[-+*]|\d+\.|:)\s+(?:\[[ x]\]\s+)?)*/, '')
    .replace(/^\|(?:\s*:?-+:?\s*\|)+$/, '')
    .replace(/\[\^[^\]]+\]:?/g, ' ')
    .replace(/!\[(?:\\.|[^\]\\])*\]\([^)]*\)/g, ' ')
    .replace(/\]\((?:[a-z]+:)[^)\s]*\)/gi, '')
    .replace(/(?<!\\)(?:\*\*|\*|~~|`+|\[)/g, '')
    .replace(/(?<!\\)\|/g, ' ')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
}
