import type { RepositoryIdentity } from './identity.ts';

type Place = Pick<RepositoryIdentity, 'link' | 'linkOf' | 'imageLinkOf'>;

const fence = /^ {0,3}(`{3,}|~{3,})/;
/** `](target` of a link or an image. Bounded, so that a line of brackets costs little. */
const inlineTarget = /(!?)\[([^[\]]{0,500})\]\(([ \t]{0,10})(<[^<>]{0,2000}>|[^\s()<>]{1,2000})(?=[\s)])/g;
/** An image inside of a link: `[![text](image)](target)`. */
const outerTarget = /(\)\])\(([ \t]{0,10})(<[^<>]{0,2000}>|[^\s()<>]{1,2000})(?=[\s)])/g;
const definition = /^( {0,3}\[[^[\]]{1,500}\]:[ \t]{0,10})(<[^<>]{0,2000}>|\S{1,2000})/;
const attribute = /(\s)(href|src)(=)("[^"<>]{0,2000}"|'[^'<>]{0,2000}')/gi;
const codeSpan = /(?<!`)(`{1,10})(?!`)[^`]{1,2000}\1(?!`)/g;

/**
 * A README as it reads away from its repository: links to other files of it, and images, name the repository. What
 * stands in code stays as it is.
 * @param readmePath percent-encoded
 */
export function withResolvedLinks(markdown: string, readmePath: string, place: Place): string {
  const base = new URL(readmePath, 'http://repository.invalid/');
  const resolve = (target: string, image: boolean): string => resolved(target, base, place, image);
  let open: string | undefined;
  return markdown
    .split('\n')
    .map((line) => {
      const marks = fence.exec(line)?.[1];
      if (open !== undefined) {
        if (marks?.startsWith(open) === true && line.trim() === marks) open = undefined;
        return line;
      }
      open = marks;
      return marks === undefined ? outsideOfCode(line, (text) => lineResolved(text, resolve)) : line;
    })
    .join('\n');
}

function outsideOfCode(line: string, change: (text: string) => string): string {
  let result = '';
  let from = 0;
  for (const span of line.matchAll(codeSpan)) {
    // A span inside of a link's text belongs to the link.
    if (line[span.index - 1] === '[') continue;
    result += change(line.slice(from, span.index)) + span[0];
    from = span.index + span[0].length;
  }
  return result + change(line.slice(from));
}

function lineResolved(line: string, resolve: (target: string, image: boolean) => string): string {
  return line
    .replace(definition, (_, start: string, target: string) => `${start}${resolve(target, false)}`)
    .replaceAll(
      inlineTarget,
      (_, mark: string, text: string, space: string, target: string) =>
        `${mark}[${text}](${space}${resolve(target, mark === '!')}`,
    )
    .replaceAll(
      outerTarget,
      (_, end: string, space: string, target: string) => `${end}(${space}${resolve(target, false)}`,
    )
    .replaceAll(attribute, (_, space: string, name: string, equals: string, quoted: string) => {
      const quote = quoted.charAt(0);
      return `${space}${name}${equals}${quote}${resolve(quoted.slice(1, -1), name.toLowerCase() === 'src')}${quote}`;
    });
}

function resolved(written: string, base: URL, place: Place, image: boolean): string {
  const target = written.startsWith('<') ? written.slice(1, -1) : written;
  if (target === '' || /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target)) return written;
  if (target.startsWith('#')) return `${place.link}${target}`;
  const url = URL.parse(target, base.href);
  if (url === null || url.host !== base.host) return written;
  // Brackets would end the link that they stand in.
  const path = url.pathname.slice(1).replaceAll('(', '%28').replaceAll(')', '%29');
  if (path === '') return place.link;
  const link = image ? place.imageLinkOf(path) : place.linkOf(path);
  return link.includes('#') ? link : `${link}${url.search}${url.hash}`;
}
