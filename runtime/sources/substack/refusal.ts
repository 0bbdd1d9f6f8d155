import type { NotContent } from '../../html/page-gate.ts';
import { notContent } from '../../html/page-gate.ts';
import { plainText } from '../../html/plain-text.ts';
import type { ExtractedPost } from './extract.ts';

export interface Refusal {
  readonly reason: NotContent['reason'] | 'draft' | 'no_text';
  readonly message: string;
}

/** Buttons, captions and forms are among the words that a publication counts; more than these is not missing. */
const leastOfPaid = 0.8;

/** Why a post is not, or not as a whole, there. @param html of the page where it was read from what the page shows */
export function refusalOf(post: ExtractedPost, html: string, url: string): Refusal | undefined {
  const { type = 'newsletter', wordcount, isDraft, markdown } = post;
  if (isDraft) return { reason: 'draft', message: `${url} is not published` };
  const text = plainText(markdown);
  const paywalled = isPreview(post, text);
  if (!paywalled && countWords(text) === 0) {
    return { reason: 'no_text', message: `${url} (${type}) has no text of its own; accepted are posts that have some` };
  }
  const problem = notContent(html, text, url, { words: wordcount, paywalled });
  if (problem?.reason !== 'paywall_stub') return problem;
  return {
    ...problem,
    message: `${problem.message}: with the cookies of a subscriber (SUBSTACK_COOKIES) it is read whole`,
  };
}

/** For those who do not pay: with the cookies of a subscriber the same post is there as a whole. */
function isPreview({ audience, wordcount, hasPaywall }: ExtractedPost, text: string): boolean {
  if (!hasPaywall && audience !== 'only_paid' && audience !== 'founding') return false;
  return wordcount === undefined || countWords(text) < wordcount * leastOfPaid;
}

/** Whatever stands between white space, and each character of scripts that are written without it. */
function countWords(text: string): number {
  const spaced = text.match(/\S+/g)?.length ?? 0;
  const unspaced = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  return spaced + unspaced;
}
