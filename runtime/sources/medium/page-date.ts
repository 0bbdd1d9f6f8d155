import { type Element, findElement, isLargerThan, lineOf } from '../../html/dom.ts';
import { timestampFrom } from '../../html/published-at.ts';

const shownDate =
  /^(?:published (?:on|in) )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}, \d{4}$/i;
const day = 86_400_000;

/**
 * When a story was first published. In their head pages tell when the newest version was published, and beside the
 * author's name, in days, when the first was: where both agree, to the second; else the day that readers see.
 * @param declared what the head says
 */
export function publishedAtOf(root: Element, declared: string | undefined): string | undefined {
  const shown = shownDateOf(root);
  if (shown === undefined || declared === undefined) return shown ?? declared;
  const apart = Date.parse(declared) - Date.parse(shown);
  // Readers see the day of their own time zone.
  return apart > -day && apart < 2 * day ? declared : shown;
}

function shownDateOf(root: Element): string | undefined {
  const article = findElement(root, ({ name }) => name === 'article') ?? root;
  const marked = findElement(article, ({ attributes }) => attributes.get('data-testid') === 'storyPublishDate');
  const place =
    marked ??
    findElement(article, (element) => {
      if (!/^(?:span|a|time|p)$/.test(element.name) || isLargerThan(element, 60)) return false;
      return shownDate.test(lineOf(element));
    });
  return place && timestampFrom(lineOf(place).replace(/^published (?:on|in) /i, ''));
}
