import { type Element, findElement } from './dom.ts';
import { mainContent } from './main-content.ts';
import { elementToMarkdown } from './markdown.ts';
import { metadataOf } from './metadata.ts';
import { parseHtml } from './parse.ts';
import { withoutTitle } from './title-heading.ts';

export interface ExtractedArticle {
  readonly title?: string | undefined;
  /** As the page names its author or authors. */
  readonly byline?: string | undefined;
  /** RFC 3339, UTC, milliseconds. */
  readonly publishedAt?: string | undefined;
  /** The page's own link, if it lies on the host of `url`; normalised. */
  readonly canonicalLink?: string | undefined;
  /** BCP 47, as declared. */
  readonly language?: string | undefined;
  /** The main content as GitHub-flavoured Markdown, without the title. Empty only when the page has no text. */
  readonly markdown: string;
}

/**
 * What a person would call the article of a page. Never throws, whatever the page is; time and memory are linear in it.
 * @param url where the page came from: links are resolved against it, and its claims checked
 */
export function extractArticle(html: string, url: string): ExtractedArticle {
  const root = parseHtml(html);
  const page = metadataOf(root, url);
  const { structuredBody: _, ...metadata } = page;
  const baseUrl = baseOf(root, url);
  const content = mainContent(root, page);
  const markdown = withoutTitle(elementToMarkdown(content, baseUrl), metadata.title);
  if (markdown !== '') return { ...metadata, markdown };
  // All text was taken for surroundings: then the page is nothing else, and that is what it says.
  return { ...metadata, markdown: elementToMarkdown(parseHtml(html), baseUrl) };
}

function baseOf(root: Element, url: string): string {
  const href = findElement(root, ({ name, attributes }) => name === 'base' && attributes.has('href'))?.attributes.get(
    'href',
  );
  return href !== undefined && URL.canParse(href, url) ? new URL(href, url).href : url;
}
