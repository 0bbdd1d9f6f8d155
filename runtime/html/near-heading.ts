import { type Element, findElement, isLargerThan, lineOf, type Node } from './dom.ts';
import { timestampFrom } from './published-at.ts';

export interface ShownCredits {
  readonly byline?: string | undefined;
  readonly publishedAt?: string | undefined;
}

/** Elements looked at behind the headline; by then the text has begun. */
const mostElements = 60;
const longestLine = 120;
/** A paragraph of this length is the text itself. */
const bodyLength = 250;

const name = String.raw`\p{Lu}[\p{L}'’.-]*(?:\s+(?:\p{Lu}[\p{L}'’.-]*|de|del|da|di|la|le|van|von|der|den)){0,4}`;
const credit = new RegExp(
  String.raw`^(?:(?:written|posted|published|words|text|story|article)\s+)?(?:by|von|par|por)\s*:?\s+(${name})`,
  'u',
);
const dateLike =
  /(?:[a-z]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\.?),?\s+\d{4}|\d{4}-\d{2}-\d{2}/i;
const dateWords = /\b(?:first|last|originally|published|posted|updated|modified|written|on|at|date)\b/gi;

/**
 * Who wrote it and when, as readers see it below the headline of pages that mark up neither: "By Ada Lovelace",
 * "Updated March 5, 2025". Lines that say more than that are not believed.
 */
export function creditsNearHeading(root: Element): ShownCredits {
  const heading = findElement(root, (element) => element.name === 'h1' && lineOf(element).length > 3);
  if (heading === undefined) return {};
  let byline: string | undefined;
  let publishedAt: string | undefined;
  for (const element of following(heading, mostElements)) {
    if (isLargerThan(element, bodyLength)) {
      if (element.name === 'p') break;
      continue;
    }
    const line = lineOf(element);
    if (line === '' || line.length > longestLine) continue;
    byline ??= credit.exec(capitalised(line))?.[1];
    publishedAt ??= dateIn(line);
    if (byline !== undefined && publishedAt !== undefined) break;
  }
  return { byline, publishedAt };
}

/** "BY ADA" and "by Ada" begin alike; the names keep their case. */
function capitalised(line: string): string {
  return line.replace(/^[a-z]+(?:\s+by)?\b/i, (start) => start.toLowerCase());
}

function dateIn(line: string): string | undefined {
  const date = dateLike.exec(line)?.[0];
  if (date === undefined) return undefined;
  const rest = line
    .replace(date, '')
    .replace(dateWords, '')
    .replace(/\d+\s*min(?:ute)?s?(?:\s+read)?/i, '');
  // A name may stand beside the date, a sentence may not.
  return (rest.match(/\p{L}+/gu) ?? []).length <= 8 && !/[.!?]\s*$/.test(line) ? timestampFrom(date) : undefined;
}

/** Elements in document order behind `start`, those inside of it left out. */
function* following(start: Element, most: number): Generator<Element> {
  let left = most;
  const inside = function* (nodes: readonly Node[]): Generator<Element> {
    for (const node of nodes) {
      if (node.type !== 'element' || left <= 0) continue;
      left -= 1;
      yield node;
      yield* inside(node.children);
    }
  };
  for (let current: Element | undefined = start; current?.parent !== undefined && left > 0; current = current.parent) {
    const { children } = current.parent;
    yield* inside(children.slice(children.indexOf(current) + 1));
  }
}
