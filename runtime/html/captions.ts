import { type Element, emptyElement, findElements, isLargerThan, lineOf } from './dom.ts';

/** Names that pages give to what stands below a picture; those of a frame around both hold the picture too. */
const captionNames =
  /(?:^|[\s_-])(?<!(?:has|with|no|without|is|hide|show)-)(?:captions?|captiontext|(?:photo|image|img|picture|media)-?(?:credits?|copyright|desc(?:ription)?))(?:[_-]+(?:text|inner|full|truncated|body|content|credit|wrap|wrapper|container|block|box|source|title|remote))*(?=$|\s)/;
const captionElements: ReadonlySet<string> = new Set('div p span small cite em i section'.split(' '));
const captioned: ReadonlySet<string> = new Set(['img', 'table', 'pre', 'math', 'blockquote']);
const inCaptions: ReadonlySet<string> = new Set(['img', 'table', 'pre', 'ul', 'ol', 'h1', 'h2', 'h3', 'blockquote']);
const longestCaption = 800;
/** How far up from a picture its caption may be. */
const reach = 4;

/**
 * Makes a `figcaption` of whatever is one by its name, and leaves out captions of what cannot be kept (videos, players)
 * and those said twice at one picture.
 */
export function settleCaptions(root: Element): void {
  const around = new Map<Element, Element>();
  const holders = new Set<Element>();
  for (const shown of findElements(root, ({ name }) => captioned.has(name)))
    climb(shown, (holder) => holders.add(holder));
  for (const part of findElements(root, ({ name }) => inCaptions.has(name)))
    climb(part, (holder) => around.set(holder, part));
  const said = new Map<Element, Set<string>>();
  settle(root, (element) => {
    if (!isCaption(element) || isLargerThan(element, longestCaption)) return element;
    if (element.name !== 'figcaption' && around.has(element)) return element;
    let holder: Element | undefined;
    climb(element, (ancestor) => {
      if (!holder && holders.has(ancestor)) holder = ancestor;
    });
    if (!holder) return undefined;
    const words = lineOf(element).slice(0, 40);
    const known = said.get(holder) ?? new Set();
    if (known.has(words)) return undefined;
    said.set(holder, known.add(words));
    if (element.name === 'figcaption') return element;
    const caption = emptyElement('figcaption');
    for (const child of element.children) caption.append(child);
    return caption;
  });
}

function isCaption({ name, attributes }: Element): boolean {
  if (name === 'figcaption') return true;
  return captionElements.has(name) && captionNames.test((attributes.get('class') ?? '').slice(0, 300).toLowerCase());
}

function climb(from: Element, visit: (ancestor: Element) => void): void {
  let { parent } = from;
  for (let level = 0; parent && level < reach; level += 1) {
    visit(parent);
    parent = parent.parent;
  }
}

/** Puts what `replace` gives in the place of every element; goes no further into what was replaced or is a caption. */
function settle(element: Element, replace: (element: Element) => Element | undefined): void {
  let kept = 0;
  for (const child of element.children) {
    let settled: typeof child | undefined = child;
    if (child.type === 'element') {
      settled = replace(child);
      if (settled === child && child.name !== 'figcaption') settle(child, replace);
    }
    if (!settled) continue;
    settled.parent = element;
    element.children[kept] = settled;
    kept += 1;
  }
  element.children.length = kept;
}
