import { partsOf } from './boilerplate.ts';
import { type Element, emptyElement, findElement, findElements, isLargerThan, lineOf } from './dom.ts';
import { hasSource } from './markdown-inline.ts';
import type { TextWeights } from './text-weight.ts';

/** Names that pages give to what stands below a picture; those of a frame around both hold the picture too. */
const captionNames =
  /(?:^|[\s_-])(?<!(?:has|with|no|without|is|hide|show)-)(?:captions?|captiontext|(?:photo|image|img|picture|media)-?(?:credits?|copyright|desc(?:ription)?))(?:[_-]+(?:text|inner|full|truncated|body|content|credit|wrap|wrapper|container|block|box|source|title|remote))*(?=$|\s)/;
const captionElements: ReadonlySet<string> = new Set('div p span small cite em i section'.split(' '));
const captioned: ReadonlySet<string> = new Set(['img', 'table', 'pre', 'math', 'blockquote']);
const inCaptions: ReadonlySet<string> = new Set(['img', 'table', 'pre', 'ul', 'ol', 'blockquote']);
const longestCaption = 800;
/** How far up from a picture its caption may be. */
const reach = 5;
/** Characters that may stand around a picture besides its caption: another caption, a credit, a number. */
const textBeside = 150;

/**
 * Makes a `figcaption` of whatever is one by its name, and leaves out captions of what cannot be kept (videos, players)
 * and those said twice at one picture.
 * @returns whether the tree has changed, so that `weights` no longer tell of it
 */
export function settleCaptions(root: Element, weights: TextWeights): boolean {
  if (!findElement(root, isCaption)) return false;
  const holders = ancestorsOf(root, ({ name, attributes }) =>
    name === 'img' ? hasSource(attributes) : captioned.has(name),
  );
  const others = ancestorsOf(root, ({ name }) => inCaptions.has(name));
  const said = new Map<Element, Set<string>>();
  const holderOf = (caption: Element): Element | undefined => {
    const most = weights.of(caption).text * 2 + textBeside;
    let { parent } = caption;
    for (let level = 0; parent && level < reach && weights.of(parent).text <= most; level += 1) {
      if (holders.has(parent)) return parent;
      if (parent.name === 'figure') return undefined;
      parent = parent.parent;
    }
    return undefined;
  };
  settle(root, (element) => {
    if (!isCaption(element) || isLargerThan(element, longestCaption)) return element;
    if (element.name !== 'figcaption' && others.has(element)) return element;
    const holder = holderOf(element);
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
  return true;
}

/** What is around the elements that match, as far up as a caption may be. */
function ancestorsOf(root: Element, matches: (element: Element) => boolean): ReadonlySet<Element> {
  const ancestors = new Set<Element>();
  for (const { parent } of findElements(root, matches)) {
    let around = parent;
    for (let level = 0; around && level < reach; level += 1) {
      ancestors.add(around);
      around = around.parent;
    }
  }
  return ancestors;
}

function isCaption({ name, attributes }: Element): boolean {
  if (name === 'figcaption') return true;
  return captionElements.has(name) && captionNames.test(partsOf(attributes.get('class')));
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
