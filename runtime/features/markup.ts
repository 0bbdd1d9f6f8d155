import { keepingLines } from './links.ts';

const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)\/?>/gi;
const altText = /\salt\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
/** Inside a word or between words: nothing is put in their place. */
const inline: ReadonlySet<string> = new Set(
  'a abbr b cite del em font i ins mark s small span strong sub sup u'.split(' '),
);
const blocks: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote br center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header ' +
    'hr iframe img li main nav ol p picture section source summary table tbody td tfoot th thead tr ul video'
  ).split(' '),
);

/**
 * Takes HTML tags and comments out of Markdown, leaving their contents and, of an image, its description. Only tags that
 * arrange text are known: `<T>` and `<script>` stay, as they are. The number of lines stays.
 */
export function withoutTags(text: string): string {
  if (!text.includes('<')) return text;
  return withoutComments(text).replace(tag, (match: string, closing: string, name: string, attributes: string) => {
    const element = name.toLowerCase();
    if (element === 'img') {
      const alt = altText.exec(attributes);
      return keepingLines(match, alt?.[1] ?? alt?.[2] ?? '');
    }
    if (inline.has(element) && (closing !== '' || attributes === '' || attributes.includes('='))) {
      return keepingLines(match, '');
    }
    return blocks.has(element) ? keepingLines(match, match.includes('\n') ? '' : ' ') : match;
  });
}

function withoutComments(text: string): string {
  const kept: string[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf('<!--', position);
    const end = start === -1 ? -1 : text.indexOf('-->', start + 4);
    if (end === -1) break;
    kept.push(text.slice(position, start), keepingLines(text.slice(start, end), ''));
    position = end + 3;
  }
  return position === 0 ? text : kept.join('') + text.slice(position);
}
