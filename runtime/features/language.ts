/** Detectors guess from less than that: "ok thanks" is as good Dutch as English. Letters, not characters. */
const fewestLetters = 24;
/** What one character of Chinese or Japanese says takes an alphabet about three letters. */
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const ideographWeight = 3;
const notLetters = /[^\p{L}\p{M}]+/gu;
/** More changes the answer for none of 251 READMEs and pages. */
const sampleLength = 300;
/** Where the sample is taken from: what stands before it may be code, badges and addresses. */
const windowLength = 2400;
/** A word is looked through from its beginning only, or a long one would be for each of its letters. */
const codeOrAddress = /```[\s\S]*?(?:```|$)|`[^`\n]*`|(?<!\S)[^\s/@_=\\]*[/@_=\\]\S*|[#*>|~[\](){}]+/g;

interface Detector {
  detect(text: string): { readonly language: string; isReliable(): boolean };
}

export const languageVersion = 2;

/**
 * Tells the language of prose by how it begins: by the first 300 characters of words among the first 2400 of the text.
 * The n-grams (88 MB in memory, more in the larger sizes, which do no better on posts) are loaded when first needed.
 */
export class LanguageDetector {
  #detector: Promise<Detector> | undefined;

  /**
   * @param declared what the text's origin says it is in (BCP 47): believed only where the text itself is too short
   * @returns ISO 639-1, or undefined when the text is too short or could be several
   */
  async detect(text: string, declared?: string | undefined): Promise<string | undefined> {
    const sample = text.slice(0, windowLength).replace(codeOrAddress, ' ').slice(0, sampleLength);
    if (letters(sample) < fewestLetters) return primary(declared);
    this.#detector ??= import('eld/extrasmall').then(({ eld }) => eld);
    const result = (await this.#detector).detect(sample);
    return result.language !== '' && result.isReliable() ? result.language : undefined;
  }
}

function letters(sample: string): number {
  const count = sample.replace(notLetters, '').length;
  return count >= fewestLetters ? count : count + (ideographWeight - 1) * (sample.match(ideographs)?.length ?? 0);
}

function primary(declared: string | undefined): string | undefined {
  return /^[a-z]{2}(?=$|[-_])/i.exec(declared ?? '')?.[0]?.toLowerCase();
}
