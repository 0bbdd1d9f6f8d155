const space = '[ \\t\\n]{0,8}';
/** A loop over runs rather than over characters: V8 keeps a way back for each turn of it. */
const label = '([^\\[\\]\\\\]*(?:(?:\\\\.|\\[[^\\[\\]]*\\])[^\\[\\]\\\\]*)*)';
const destination = '(?:<[^<>\\n]*>|[^\\s()<>]*(?:\\([^\\s()]*\\)[^\\s()<>]*)*)';
const linkTitle = `(?:[ \\t\\n]{1,8}(?:"[^"]*"|'[^']*'|\\([^()]*\\)))?`;
const image = new RegExp(`!\\[${label}\\]\\(${space}${destination}${linkTitle}${space}\\)`, 'g');
const link = new RegExp(`(?<![!\\\\])\\[${label}\\]\\(${space}${destination}${linkTitle}${space}\\)`, 'g');

const definition = /^ {0,3}\[(?!\^)([^[\]\n]{1,200})\]:[ \t]*\S+(?:[ \t]+["'(][^\n]*)?[ \t]*$/gm;
const reference = /!?\[([^[\]\\]*(?:\\.[^[\]\\]*)*)\](?:\[([^[\]\n]*)\])?/g;

const meaninglessAlt =
  /^(?:image|img|photo|picture|screenshot|logo|icon|banner|avatar|thumbnail|alt(?: text)?|untitled|.*\.(?:png|jpe?g|gif|webp|avif|svg))$/i;
const longestAlt = 300;
const blankLine = /\n[ \t]*\n/;

const autolink = /<((?:https?|ftp):\/\/[^<>\s]*|[\w.+-]+@[\w.-]+)>/gi;
const bareUrl =
  /\b(?:(?:https?|ftp):\/\/|www\.)[^\s<>"'`()[\]{}|\\^\uE000\uE001\u3000-\u303F\uFF00-\uFFEF]+(?:\([^\s<>()[\]]*\)[^\s<>"'`()[\]{}|\\^\uE000\uE001\u3000-\u303F\uFF00-\uFFEF]*)*/gi;
const trailingPunctuation = '.,;:!?*_~…';
const readableSegment = /^[\p{L}\p{M}\p{N}\-._~@+()]{1,80}$/u;
/** Letters and digits mixed without any separator, or only digits and many: an identifier, a token, a hash. */
const opaqueSegment = /^(?=[^\d]*\d)(?=.*[a-z])[a-z\d]{10,}$|^[a-f\d]{16,}$|^\d{9,}$/i;
/** Their paths are codes. */
const shorteners: ReadonlySet<string> = new Set(
  't.co bit.ly lnkd.in tinyurl.com goo.gl ow.ly buff.ly amzn.to dlvr.it is.gd rb.gy cutt.ly shorturl.at'.split(' '),
);

/**
 * Takes the addresses out of links and leaves what a reader reads. `[text](address)`, `[text][reference]` and
 * `<address>` keep the text; an image keeps its description unless that is a file name or says nothing; definitions of
 * references go. An address in the text is cut down to host and readable path (`https://www.example.com/a/b?utm_source=x`
 * → `example.com/a/b`): the name of a site or repository is something people search for, while schemes, queries,
 * fragments, tracking parameters and opaque codes only pollute an embedding. A shortened address says nothing and goes.
 * The number of lines stays.
 */
export function withoutAddresses(text: string): string {
  let result = text;
  if (result.includes('[')) {
    result = withoutReferences(result)
      .replace(image, (match: string, alt: string) => {
        if (blankLine.test(match)) return match;
        return keepingLines(match, description(alt));
      })
      .replace(link, (match: string, shown: string) => (blankLine.test(match) ? match : keepingLines(match, shown)));
  }
  if (result.includes('<')) result = result.replace(autolink, '$1');
  if (result.includes('://') || /www\./i.test(result)) result = result.replace(bareUrl, readable);
  return result;
}

function withoutReferences(text: string): string {
  if (!text.includes(']:')) return text;
  const defined = new Set<string>();
  const rest = text.replace(definition, (_match, name: string) => {
    defined.add(referenceKey(name));
    return '';
  });
  if (defined.size === 0) return text;
  return rest.replace(reference, (match: string, shown: string, name: string | undefined) =>
    defined.has(referenceKey(name === undefined || name === '' ? shown : name)) ? keepingLines(match, shown) : match,
  );
}

function description(alt: string): string {
  const shown = alt.trim();
  return shown.length <= longestAlt && meaninglessAlt.test(shown) ? '' : shown;
}

function referenceKey(name: string): string {
  return name.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** @returns `replacement` with as many line feeds as `original` */
export function keepingLines(original: string, replacement: string): string {
  if (!original.includes('\n')) return replacement;
  return replacement + '\n'.repeat(original.split('\n').length - replacement.split('\n').length);
}

function readable(match: string): string {
  let end = match.length;
  while (trailingPunctuation.includes(match[end - 1] ?? ' ')) end--;
  const tail = match.slice(end);
  const address = match.slice(0, end).replace(/^[a-z]+:\/\//i, '');
  const [place = ''] = address.split(/[?#]/, 1);
  const [authority = '', ...segments] = place.split('/');
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/^www\./i, '');
  if (host === '') return match;
  if (shorteners.has(host.toLowerCase())) return tail;
  const path = segments.map(decoded).filter((segment) => readableSegment.test(segment) && !opaqueSegment.test(segment));
  return [host, ...path].join('/') + tail;
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
