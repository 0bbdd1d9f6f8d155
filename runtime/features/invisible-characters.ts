/** Code points that a reader does not see, or sees as a space. */
const noBreakSpaces = '\\u00A0\\u2007\\u202F\\u000B\\u000C';
const controls = '\\u0000-\\u0008\\u000E-\\u001F\\u007F-\\u009F';
const formats = '\\u00AD\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB';
const zeroWidth = '\\u200B-\\u200D';

const candidate = new RegExp(`[${noBreakSpaces}${controls}${formats}${zeroWidth}\\uDB40]`);
const spaces = new RegExp(`[${noBreakSpaces}]`, 'g');
const removable = new RegExp(`[${controls}${formats}]+`, 'g');

/** Tags spell hidden text; only behind a black flag do they mean something (England, Scotland, Wales). */
const tags = /(\u{1F3F4}[\u{E0061}-\u{E007A}\u{E0030}-\u{E0039}]{2,6}\u{E007F})|[\u{E0000}-\u{E007F}]+/gu;

/** Between letters of scripts that do not use spaces, a zero-width space says where a word ends. */
const zeroWidthSpace =
  /(?<![\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF])\u200B|\u200B(?![\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF])/g;

/**
 * Joiners stay where they change what is read: in Arabic, Syriac, the scripts of India and South-East Asia, Tibetan and
 * Mongolian, and between the parts of an emoji.
 */
const joiner = /(?<=([\s\S]?))[\u200C\u200D](?=([\s\S]?))/gu;
const joiningScript =
  /[\u0600-\u08FF\u0900-\u0DFF\u0E00-\u109F\u1780-\u18AF\uA800-\uABFF\uFB50-\uFDFF\uFE70-\uFEFE\u{10A00}-\u{11FFF}]/u;
const emojiPart = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\uFE0F|\u{E007F}/u;

/**
 * Takes out what has no shape (controls, soft hyphens, zero-width characters, directions, tags) and writes no-break
 * spaces, vertical tabs and form feeds as spaces. Tabs and line feeds stay.
 */
export function withoutInvisible(text: string): string {
  if (!candidate.test(text)) return text;
  return text
    .replace(spaces, ' ')
    .replace(removable, '')
    .replace(tags, (_run, flag: string | undefined) => flag ?? '')
    .replace(zeroWidthSpace, '')
    .replace(joiner, (character: string, before: string, after: string) => {
      if (joiningScript.test(before)) return character;
      return character === '\u200D' && emojiPart.test(before) && emojiPart.test(after) ? character : '';
    });
}
