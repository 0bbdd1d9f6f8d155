import type { DocumentDraft } from '../../domain/documents.ts';
import type { CrawlContext, StateUpdate } from '../../ports/source.ts';

/** What an export does not tell of a post, and its page does. */
export interface KnownPost {
  readonly link: string;
  readonly byline: string | undefined;
}

/** Not a link, so that it is nobody's root. */
const scope = 'substack/posts';

/** To be remembered of a post that was read from its page, for an export that has the same post. */
export function knownPost(draft: DocumentDraft): StateUpdate | undefined {
  if (draft.kind !== 'article') return undefined;
  const { naturalKey, link, content } = draft;
  const validators = { link, ...(content.byline !== undefined && { byline: content.byline }) };
  return { key: keyOf(naturalKey), scope, validators, lastResult: 'stored' };
}

/** What a page has told of a post that is stored. */
export async function lookUp(naturalKey: string, context: CrawlContext): Promise<KnownPost | undefined> {
  if (!(await context.isStored('substack', naturalKey))) return undefined;
  const { link, byline } = (await context.state(keyOf(naturalKey)))?.validators ?? {};
  if (typeof link !== 'string') return undefined;
  return { link, byline: typeof byline === 'string' ? byline : undefined };
}

function keyOf(naturalKey: string): string {
  return `${scope}/${naturalKey}`;
}
