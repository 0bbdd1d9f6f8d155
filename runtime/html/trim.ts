import { type Element, findElement, isLargerThan, lineOf, type Node, prune } from './dom.ts';
import { TextWeights } from './text-weight.ts';

const headings: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6']);

/** Lines that open what other pages, readers or the publisher are given, to the end of their section. */
const surroundingsLine =
  /^(?:(?:(?:you (?:may|might) (?:also |be )?(?:like|enjoy|interested in)|(?:more|other|latest|recent|related|suggested|recommended|similar|popular|trending|featured|top|our|further) (?:from|articles?|posts?|stories|reading|content|topics|news|resources|blogs?|blog posts|insights|guides|reads|links|products)\b|(?:read|up|see|what to read) next|read more|read also|also read|see also|keep reading|continue reading|recommended for you|most (?:popular|read|viewed)|people also|don[’']t miss|explore more|discover more|related|voc[êe] (?:pode|também)|leia (?:também|mais)|te puede interesar|(?:lea|lee|leer) también|(?:à )?lire aussi|mehr zum thema|lesen sie auch|lees ook|leggi anche|関連記事)[^.!?]{0,60})|more(?: on this(?: story| topic)?)?|(?:share|like|tweet|pin|email|print|save)(?: (?:this|on|with|via|it|the|article|post|page|story|to)\b[^.!?]{0,40})?|(?:\d+ )?(?:comments?|responses?|replies|thoughts on)(?: \(\d+\)|\b[^.!?]{0,60})?|(?:leave|post|add|write) a (?:reply|comment|response)|join the (?:conversation|discussion)|discussion about this post|(?:about|meet|written by) the (?:author|authors|writer|contributor)s?|about the author[^.!?]{0,40}|author bio|(?:subscribe|sign up)(?: (?:to|for|now|today|here)\b[^.!?]{0,60})?|(?:get|join|stay) (?:our|the|up to date|updated|in touch|connected|informed)[^.?]{0,60}newsletter[^.?]{0,40}|newsletter|follow us[^.!?]{0,40}|tags?|tagged|filed under|topics|categories|posted in|table of contents|(?:in this|on this) (?:article|page|post|guide)|jump to(?: section)?|contents|advertisement|sponsored(?: content)?|share this[^.!?]{0,40})\s*[:?!…]?$/i;

/** Of these, the lines that open what readers say, which may be longer than the text. */
const readersLine = /comment|respon|repl(?:y|ies)|thoughts on|conversation|discussion/i;

/** Short lines between the title and the text: who, when, how long. */
const metaLine =
  /^(?:(?:written |posted |published |updated |reviewed |edited |medically reviewed |fact checked |story )?by:? .{2,80}(?<![\p{Ll}\d]{3}[.!?])|(?:first |last |originally )?(?:published|updated|posted|modified|reviewed|last update)(?: on| at)?:?\s.{0,60}\d{4}.{0,30}|(?:\w+day,? )?(?:\d{1,2}(?:st|nd|rd|th)? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?\d{4}(?:[ ,·|•-].{0,40})?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:reading time:? )?\d{1,3} ?-?min(?:ute)?s?(?: read)?(?:ing time)?|read(?:ing)? time:? .{1,20}|page \d+ of \d+|\d[\d,.]*k? (?:views|shares|comments|likes)|[·|•—–/]|home|blog|share|listen|save|print|by|author:?|date:?|(?:last )?(?:updated|published|modified)(?: on)?:?|(?:written|reviewed|edited|posted|fact.?checked|medically reviewed) by:?)$/iu;

const leadingLine =
  /^(?:(?:read|see|watch|listen|also read|related|more)(?: (?:more|also|next|on [^:]{1,30}))?\s*[:：»>|–—])/i;

/** Invitations below the text: they never end one, so whatever is below them goes too. */
const invitation =
  /^(?:follow (?:us|me|him|her|them|[\p{L}\p{N}_' -]{2,40}) on\b|subscribe (?:to|now|for|here)\b|sign up (?:for|to|now|here|today)\b|click here (?:to|for) (?:get|subscribe|sign|join|download|our|the)\b|get the latest\b.{0,80}(?:inbox|newsletter)|(?:do you )?have a (?:news )?tip\b|like (?:us|this story)\b|join (?:our|us)\b)/iu;

const legalLine =
  /^(?:(?:copyright )?(?:©|\(c\)).{0,200}|.{0,120}\ball rights reserved\b.{0,200}|image source:.{0,80}|photo credits?:.{0,80}|advertisement|sponsor message|loading\.{0,3}|skip to (?:main )?content|back to top|click to share.{0,60}|opens in a new window)$/i;

export function isTitle(line: string, title: string | undefined): boolean {
  const [left, right] = [letters(line), letters(title ?? '')];
  if (left === '' || right === '') return false;
  return (
    left === right ||
    (left.length >= 12 &&
      right.length <= left.length * 1.6 &&
      left.length <= right.length * 1.6 &&
      (left.startsWith(right) || right.startsWith(left)))
  );
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Whether an element begins with a line that says that other pages, comments and the like follow. */
export function opensSurroundings(element: Element, weights: TextWeights): boolean {
  const opening = openingOf(element, weights);
  if (!opening || weights.of(opening).text > 90 || isLargerThan(opening, 1_000)) return false;
  if (!surroundingsLine.test(lineOf(opening))) return false;
  // A line that is no heading speaks for itself, or for a list of links.
  const { text, prose } = weights.of(element);
  return headings.has(opening.name) || text === weights.of(opening).text || prose <= text * 0.4;
}

/** The heading or the line that an element starts with. Looks at few elements only. */
function openingOf(element: Element, weights: TextWeights): Element | undefined {
  let current: Element | undefined = element;
  let line: Element | undefined = inlineNames.has(element.name) && element.name !== 'strong' ? undefined : element;
  for (let level = 0; current && level < 8; level += 1) {
    if (headings.has(current.name)) return current;
    if (!inlineNames.has(current.name)) line = current;
    const first: Node | undefined = current.children
      .slice(0, 12)
      .find((child) => (child.type === 'text' ? child.value.trim() !== '' : weights.of(child).text > 0));
    current = first?.type === 'element' ? first : undefined;
  }
  return line;
}

/** Takes out of the content what is not its text: the title, bylines above it, lists of links, and what follows below. */
export function trim(
  content: Element,
  { title, byline }: { title?: string | undefined; byline?: string | undefined },
): void {
  prune(content, (element) => (element.name === 'h1' || element.name === 'h2') && isTitle(lineOf(element), title));
  const weights = new TextWeights(content);
  trimOpening(content, { read: 0, byline: letters(byline ?? '') }, weights);
  trimSections(content, weights);
  trimLists(content, weights);
  trimEnd(content, { left: 4 }, weights);
}

/** Removes invitations to follow, to subscribe and the like from the last few lines. */
function trimEnd(element: Element, progress: { left: number }, weights: TextWeights): void {
  for (let index = element.children.length - 1; index >= 0 && progress.left > 0; index -= 1) {
    const child = element.children[index];
    if (child?.type !== 'element' || weights.of(child).text === 0) continue;
    if (containers.has(child.name) && child.name !== 'ul') trimEnd(child, progress, weights);
    else if (isLine(child, weights, invitation)) element.children.splice(index, 1);
    else progress.left -= 1;
  }
}

const blocks: ReadonlySet<string> = new Set([
  'p',
  'div',
  'span',
  'ul',
  'li',
  'time',
  'small',
  'address',
  'section',
  'header',
  'a',
  'em',
  'i',
  'strong',
  'h4',
  'h5',
  'h6',
]);
const openingLength = 400;
const shortBlock = 250;

/** Removes bylines, dates and the like from the first few lines. */
function trimOpening(
  element: Element,
  progress: { read: number; readonly byline: string },
  weights: TextWeights,
): void {
  let kept = 0;
  for (const child of element.children) {
    let keep = true;
    if (progress.read < openingLength) {
      if (child.type === 'text') progress.read += child.value.trim().length;
      else if (blocks.has(child.name) && isMetaLine(child, weights, progress.byline)) keep = false;
      else if (!containers.has(child.name) && weights.of(child).text <= shortBlock)
        progress.read += weights.of(child).text;
      else trimOpening(child, progress, weights);
    }
    if (!keep) continue;
    element.children[kept] = child;
    kept += 1;
  }
  element.children.length = kept;
}

function isMetaLine(element: Element, weights: TextWeights, byline: string): boolean {
  if (isLine(element, weights, metaLine)) return true;
  return byline !== '' && weights.of(element).text <= byline.length + 4 && letters(lineOf(element)) === byline;
}

const containers: ReadonlySet<string> = new Set(['div', 'section', 'header', 'ul', 'article', 'main']);

function isLine(element: Element, weights: TextWeights, pattern: RegExp): boolean {
  const { text } = weights.of(element);
  return text > 0 && text <= shortBlock && !isLargerThan(element, shortBlock * 4) && pattern.test(lineOf(element));
}

/** Drops a heading that opens surroundings with what follows it, up to a heading that does not. */
function trimSections(element: Element, weights: TextWeights): void {
  let dropping = 0;
  let kept = 0;
  // What is kept is written further to the front only, so what follows a child is still all there.
  for (const [index, child] of element.children.entries()) {
    if (child.type === 'element') {
      const level = headings.has(child.name) ? Number(child.name.slice(1)) : 0;
      const opens = opensSurroundings(child, weights) && !holdsMuch(child, { element, index, level }, weights);
      if (opens) {
        if (dropping === 0 || level > 0) dropping = level || 7;
        continue;
      }
      const section = level || (dropping > 0 && dropping < 7 && headingLevel(child)) || 0;
      if (dropping > 0 && ((section > 0 && section <= dropping) || (dropping === 7 && weights.of(child).prose >= 40)))
        dropping = 0;
      if (dropping > 0) continue;
      trimSections(child, weights);
    } else if (dropping > 0 && dropping < 7) {
      continue;
    }
    element.children[kept] = child;
    kept += 1;
  }
  element.children.length = kept;
}

function headingLevel(element: Element): number {
  const heading = findElement(element, ({ name }) => headings.has(name));
  return heading ? Number(heading.name.slice(1)) : 0;
}

/** Whether an element, or the section that it is the heading of, is too much of the text to be something else. */
function holdsMuch(
  child: Element,
  { element, index, level }: { readonly element: Element; readonly index: number; readonly level: number },
  weights: TextWeights,
): boolean {
  let { prose } = weights.of(child);
  if (level > 0 && !readersLine.test(lineOf(child))) {
    for (let next = index + 1; next < element.children.length; next += 1) {
      const sibling = element.children[next];
      if (sibling?.type !== 'element') continue;
      if (headings.has(sibling.name) && Number(sibling.name.slice(1)) <= level) break;
      prose += weights.of(sibling).prose;
    }
  }
  return prose > 0.3 * weights.of(element).prose && prose > 300;
}

const listLike: ReadonlySet<string> = new Set(['ul', 'ol', 'div', 'section', 'table', 'p', 'dl']);

/** Drops lists of links that no sentence leads to, and lines of the publisher. */
function trimLists(element: Element, weights: TextWeights): void {
  let kept = 0;
  let before: Node | undefined;
  for (const child of element.children) {
    if (child.type === 'element') {
      if (
        isCard(child, weights) ||
        isAside(child, weights) ||
        isLinkList(child, before, weights) ||
        (!inlineNames.has(child.name) && isLine(child, weights, legalLine))
      )
        continue;
      trimLists(child, weights);
      if (weights.of(child).text > 0) before = child;
    } else if (child.value.trim() !== '') {
      before = child;
    }
    element.children[kept] = child;
    kept += 1;
  }
  element.children.length = kept;
}

/** A link around several blocks leads to another page and shows what is there. */
function isCard(element: Element, weights: TextWeights): boolean {
  if (element.name !== 'a' || weights.of(element).text < 20) return false;
  const holds = (names: ReadonlySet<string>): boolean =>
    findElement(element, ({ name }) => names.has(name)) !== undefined;
  return holds(cardText) && holds(cardParts);
}

const cardText: ReadonlySet<string> = new Set(['p', 'ul', 'h2', 'h3']);
const cardParts: ReadonlySet<string> = new Set(['p', 'ul', 'div']);

/** Between paragraphs, a line that is one link, in capitals or introduced as such, leads to another page. */
function isAside(element: Element, weights: TextWeights): boolean {
  if (element.name !== 'p' && element.name !== 'div') return false;
  const { text, linked, links } = weights.of(element);
  if (links !== 1 || text > shortBlock || linked < text * 0.6 || isLargerThan(element, shortBlock * 4)) return false;
  const line = lineOf(element);
  if (leadingLine.test(line)) return true;
  return linked === text && line.split(' ').length >= 4 && /\p{Lu}/u.test(line) && !/\p{Ll}/u.test(line);
}

function isLinkList(element: Element, before: Node | undefined, weights: TextWeights): boolean {
  if (!listLike.has(element.name)) return false;
  const { text, links, linked, prose } = weights.of(element);
  if (links < 2 || linked < text * 0.75 || prose > text * 0.25) return false;
  if (before && element.name !== 'div' && endsWithColon(before)) return false;
  return links >= 3 || /^[uo]l$/.test(element.name);
}

function endsWithColon(node: Node): boolean {
  let current: Node | undefined = node;
  while (current?.type === 'element')
    current = current.children.findLast((child) => child.type === 'element' || child.value.trim() !== '');
  return current !== undefined && /[:：]\s*$/.test(current.value);
}

const inlineNames: ReadonlySet<string> = new Set(['a', 'b', 'strong', 'em', 'i', 'span', 'code']);
