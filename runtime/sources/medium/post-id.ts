import { type Element, findElement } from '../../html/dom.ts';
import { postIdOfPath } from './link.ts';

const idNames: ReadonlySet<string> = new Set([
  'al:android:url',
  'al:ios:url',
  'twitter:app:url:iphone',
  'parsely-post-id',
]);
const linkNames: ReadonlySet<string> = new Set(['og:url', 'al:web:url']);

/** The id of the post that a page shows, as the page says it or else as its link does. */
export function postIdOf(root: Element, url: string): string | undefined {
  const links: string[] = [];
  let declared: string | undefined;
  findElement(root, ({ name, attributes }) => {
    const content = attributes.get('content') ?? '';
    const property = name === 'meta' ? (attributes.get('property') ?? attributes.get('name') ?? '') : '';
    if (idNames.has(property)) declared = /^(?:medium:\/{1,2}p\/)?([0-9a-f]{6,12})$/.exec(content)?.[1];
    else if (linkNames.has(property)) links.push(content);
    else if (name === 'link' && attributes.get('rel') === 'canonical') links.push(attributes.get('href') ?? '');
    return declared !== undefined;
  });
  return declared ?? [...links, url].map(idInLink).find((id) => id !== undefined);
}

function idInLink(link: string): string | undefined {
  return URL.canParse(link) ? postIdOfPath(new URL(link).pathname) : undefined;
}
