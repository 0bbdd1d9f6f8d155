import { plainText } from '../../html/plain-text.ts';
import type { ExtractedPost } from './extract.ts';

export interface Refusal {
  readonly reason: 'draft' | 'paywall_stub' | 'no_text' | 'incomplete_text';
  readonly message: string;
}

/** Buttons, captions and forms are among the words that a publication counts; more than these is not missing. */
const leastOfPaid = 0.8;
const leastOfFree = 0.5;
/** Below this a count says nothing. */
const fewWords = 100;

/** Why a post is not, or not as a whole, there. */
export function refusalOf(post: ExtractedPost | undefined, url: string): Refusal | undefined {
  if (post === undefined) return undefined;
  const { type = 'newsletter', audience, wordcount, hasPaywall, isDraft, markdown } = post;
  if (isDraft) return { reason: 'draft', message: `${url} is not published` };
  const words = countWords(plainText(markdown));
  const isPaid = audience === 'only_paid' || audience === 'founding';
  const isShort = wordcount === undefined || words < wordcount * leastOfPaid;
  if ((hasPaywall || isPaid) && isShort) {
    return {
      reason: 'paywall_stub',
      message: `${url} is for paying subscribers and shows only its beginning; with SUBSTACK_COOKIES of a subscriber it is read as a whole`,
    };
  }
  if (words === 0) {
    return { reason: 'no_text', message: `${url} (${type}) has no text of its own; accepted are posts that have some` };
  }
  if (wordcount !== undefined && wordcount >= fewWords && words < wordcount * leastOfFree) {
    return { reason: 'incomplete_text', message: `${url} has ${wordcount} words, of which only ${words} are there` };
  }
  return undefined;
}

/** Whatever stands between white space, and each character of scripts that are written without it. */
export function countWords(text: string): number {
  const spaced = text.match(/\S+/g)?.length ?? 0;
  const unspaced = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  return spaced + unspaced;
}
