import { type ArchiveEntry, readBytes } from '../../crawling/archive.ts';
import { Element, findElement, lineOf, prune, rawText } from '../../html/dom.ts';
import { elementToMarkdown } from '../../html/markdown.ts';
import { parseHtml } from '../../html/parse.ts';
import { plainText } from '../../html/plain-text.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { withoutTitle } from '../../html/title-heading.ts';
import type { Crawled } from '../../ports/source.ts';
import { type ExportContext, partLink } from './export-context.ts';
import { articleKey, articleLink, linkedinOrigin, readLink } from './link.ts';
import { classesOf } from './post-text.ts';

const maxBytes = 10 * 1024 * 1024;

/** An article of one's own: `h1 > a[href]`, `p.created`, `p.published`, and its body in a `div`. Drafts have no date. */
export async function* articleIn(entry: ArchiveEntry, reading: ExportContext): AsyncGenerator<Crawled> {
  const link = partLink(reading.link, entry.path);
  const bytes = await readBytes(entry, maxBytes);
  const root = parseHtml(new TextDecoder().decode(bytes));
  const published = findElement(root, (element) => element.name === 'p' && hasClass(element, 'published'));
  const publishedAt = dateIn(published);
  if (publishedAt === undefined) {
    yield { outcome: 'skipped', reason: 'draft', link };
    return;
  }
  const heading = findElement(root, ({ name }) => name === 'h1');
  const title = (heading && lineOf(heading)) || undefined;
  const slug = slugOf(heading) ?? fileSlug(entry.path);
  const at = articleLink(slug, linkedinOrigin);
  const markdown = withoutTitle(elementToMarkdown(bodyOf(root, heading), at), title);
  if (!/[\p{L}\p{N}]/u.test(plainText(markdown))) {
    yield { outcome: 'rejected', link, reason: 'empty', message: `${entry.path} has no text in it` };
    return;
  }
  yield {
    outcome: 'document',
    draft: {
      kind: 'article',
      platform: 'linkedin',
      naturalKey: articleKey(slug),
      authorId: reading.authorId,
      link: at,
      title,
      publishedAt,
      content: { markdown },
      payload: { mediaType: 'text/html', bytes },
    },
  };
}

function hasClass({ attributes }: Element, name: string): boolean {
  return classesOf(attributes.get('class')).includes(name);
}

/** `Published on 2023-04-05 06:07`, in UTC. */
function dateIn(element: Element | undefined): string | undefined {
  const line = element ? lineOf(element) : '';
  return timestampFrom(line.slice(Math.max(0, line.search(/\d{4}-\d/))));
}

function slugOf(heading: Element | undefined): string | undefined {
  const href = heading && findElement(heading, ({ attributes }) => attributes.has('href'))?.attributes.get('href');
  if (href === undefined || !URL.canParse(href, linkedinOrigin)) return undefined;
  const link = readLink(new URL(href, linkedinOrigin), linkedinOrigin);
  return link?.kind === 'article' ? link.slug : undefined;
}

function fileSlug(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.html$/i, '');
}

/** All but the heading and its dates. */
function bodyOf(root: Element, heading: Element | undefined): Element {
  const body = findElement(root, ({ name }) => name === 'body') ?? root;
  prune(body, (element) => {
    if (element === heading || element.name === 'head') return true;
    return element.name === 'p' && (hasClass(element, 'created') || hasClass(element, 'published'));
  });
  return withCode(body);
}

const inline: ReadonlySet<string> = new Set('a b br code em i span strong u'.split(' '));

/** What was inside a `pre` often stands right behind it: up to the next block it is put back. */
function withCode(parent: Element): Element {
  const element = new Element(parent.name, parent.attributes);
  let code: Element | undefined;
  for (const child of parent.children) {
    const belongs = child.type === 'text' || inline.has(child.name);
    if (code !== undefined && belongs) {
      code.append(child);
      continue;
    }
    code = child.type === 'element' && isEmptyPre(child) ? new Element('pre', child.attributes) : undefined;
    element.append(code ?? (child.type === 'text' ? child : withCode(child)));
  }
  return element;
}

function isEmptyPre(element: Element): boolean {
  return element.name === 'pre' && rawText(element).trim() === '';
}
