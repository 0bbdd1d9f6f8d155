import { type Element, findElements, isLargerThan, isOrHasAncestor, lineOf, rawText } from './dom.ts';

export interface Footnotes {
  /** The link in the text → its label. */
  readonly references: ReadonlyMap<Element, string>;
  /** The element that holds the note → its label. */
  readonly definitions: ReadonlyMap<Element, string>;
}

const containers: ReadonlySet<string> = new Set(['li', 'p', 'div', 'aside', 'dd']);
const longestNote = 4_000;

/** Pairs small numbered links with what they point at in the same tree. */
export function footnotesIn(root: Element): Footnotes {
  const references = new Map<Element, string>();
  const definitions = new Map<Element, string>();
  const links = findElements(root, isReference);
  if (links.length === 0) return { references, definitions };
  const byId = new Map<string, Element>();
  for (const element of findElements(root, ({ attributes }) => attributes.has('id'))) {
    const id = element.attributes.get('id') ?? '';
    if (!byId.has(id)) byId.set(id, element);
  }
  const taken = new Set<string>();
  for (const link of links) {
    const note = noteOf(byId.get(fragmentOf(link) ?? ''));
    if (!note || isOrHasAncestor(link, note)) continue;
    let label = definitions.get(note);
    if (label === undefined) {
      const wanted = lineOf(link).replace(/[^\p{L}\p{N}]/gu, '') || 'note';
      label = wanted;
      for (let attempt = 2; taken.has(label); attempt += 1) label = `${wanted}-${attempt}`;
      taken.add(label);
      definitions.set(note, label);
    }
    references.set(link, label);
  }
  return { references, definitions };
}

/** A link inside of a note that leads back to the text, or repeats the number of the note. */
export function isBackLink(link: Element): boolean {
  return fragmentOf(link) !== undefined && /^(?:\P{L}*|\s*(?:back|return)\s*)$/iu.test(rawText(link));
}

function isReference(element: Element): boolean {
  if (element.name !== 'a' || fragmentOf(element) === undefined) return false;
  if (!/^[\s[(]*(?:\d{1,3}|[a-z*†‡§])[\s\])]*$/i.test(rawText(element))) return false;
  const { attributes, parent } = element;
  if (attributes.get('role') === 'doc-noteref' || /foot-?note|noteref/i.test(attributes.get('class') ?? ''))
    return true;
  return (
    parent?.name === 'sup' ||
    parent?.parent?.name === 'sup' ||
    element.children.some((child) => child.type === 'element' && child.name === 'sup')
  );
}

function fragmentOf(link: Element): string | undefined {
  const fragment = /#(.+)$/.exec(link.attributes.get('href') ?? '')?.[1];
  if (fragment === undefined) return undefined;
  try {
    return decodeURIComponent(fragment);
  } catch (error) {
    if (error instanceof URIError) return fragment;
    throw error;
  }
}

function noteOf(target: Element | undefined): Element | undefined {
  for (let element = target, level = 0; element && level < 4; element = element.parent, level += 1) {
    if (containers.has(element.name)) return isLargerThan(element, longestNote) ? undefined : element;
  }
  return undefined;
}
