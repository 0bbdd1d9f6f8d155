import * as z from 'zod';
import { collapse, type Element, findElements, rawText } from '../../html/dom.ts';

/** What a page says in JSON-LD of the article or post that it is about. */
export interface LinkedinWork {
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  readonly datePublished?: string | undefined;
  readonly body?: string | undefined;
}

const text = z.string().trim().min(1).optional().catch(undefined);

const work = z.object({
  '@type': z.string(),
  name: text,
  articleBody: text,
  text,
  /** Of a video: what was posted with it. */
  description: text,
  datePublished: text,
  author: z.object({ name: text }).optional().catch(undefined),
});

const types = {
  article: new Set(['Article', 'NewsArticle', 'BlogPosting']),
  post: new Set(['SocialMediaPosting', 'DiscussionForumPosting', 'VideoObject']),
} as const;

/** @param kind what the page's address says that it is */
export function workOf(root: Element, kind: keyof typeof types): LinkedinWork | undefined {
  const scripts = findElements(root, ({ name, attributes }) => {
    return name === 'script' && attributes.get('type') === 'application/ld+json';
  });
  for (const candidate of scripts.flatMap((script) => nodesOf(rawText(script)))) {
    const parsed = work.safeParse(candidate);
    if (!parsed.success || !types[kind].has(parsed.data['@type'])) continue;
    const { name, author, datePublished, articleBody, text: body, description } = parsed.data;
    return {
      name: name && collapse(name),
      author: author?.name && collapse(author.name),
      datePublished,
      body: articleBody ?? body ?? (parsed.data['@type'] === 'VideoObject' ? description : undefined),
    };
  }
  return undefined;
}

const graph = z.object({ '@graph': z.array(z.unknown()) });

function nodesOf(source: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(source);
    const nodes = graph.safeParse(value);
    return nodes.success ? nodes.data['@graph'] : [value].flat();
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
