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
    else if (!(image && /^[\s>]*\*[^*].*\*$/.test(line))) lines.push(plainLine(line));
    if (!/^[\s>]*$/.test(line))
      image = line.includes('![') && bare.test(line.replace(images, '').replace(linkTargets, ''));
  }
  return lines.join('\n');
}

const bare = /^(?:[\s>[]|[-+*] |\d+\. )*$/;
const images = /!\[(?:\\.|[^\]\\]){0,2000}\]\([^()\s]*\)/g;
const links = /(?<!\\)\[((?:\\.|[^[\]\\])*)\]\([a-z]+:[^()\s]*\)/gi;
const linkTargets = /\]\([a-z]+:[^()\s]*\)/gi;

function plainLine(line: string): string {
  return line
    .replace(/^[\s>]*(?:(?:[-+*]|:)\s+(?:\[[ x]\]\s+)?)*(?:#{1,6} )?/, '')
    .replace(/^\|(?:\s*:?-+:?\s*\|)+$/, '')
    .replace(/\[\^[^\]\s]{1,60}\]:?/g, ' ')
    .replace(images, ' ')
    .replace(links, '$1')
    .replace(linkTargets, '')
    .replace(/(?<!\\)(?:\*\*|\*|~~|`+)/g, '')
    .replace(/(?<!\\)\|/g, ' ')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
}
