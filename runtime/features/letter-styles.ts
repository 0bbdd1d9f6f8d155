const anyStyled =
  /[\uD835\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\u249C-\u24E9\uD83C\u1D00-\u1D22\uA730\uA731]|[\u0332\u0333\u0335\u0336]/;

/** Mathematical letters and digits, with those that Unicode had encoded before among the letterlike symbols. */
const mathematical = /[\u{1D400}-\u{1D7FF}ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨℬℭℯℰℱℳℴ]+/gu;
const mathematicalBlock = /[\u{1D400}-\u{1D7FF}]/u;

const fullwidth = /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/g;

/** At least two in a row: a single one is a sign (Ⓜ, ®-like Ⓒ, a list's ⒜) or an emoji (🅰). */
const enclosed =
  /(?:[\u249C-\u24E9]|[\u{1F130}-\u{1F149}\u{1F150}-\u{1F169}\u{1F170}-\u{1F189}](?!\uFE0F))(?: ?(?:[\u249C-\u24E9]|[\u{1F130}-\u{1F149}\u{1F150}-\u{1F169}\u{1F170}-\u{1F189}](?!\uFE0F)))+/gu;
const enclosedLetter = /[\u249C-\u24E9\u{1F130}-\u{1F189}]/gu;
/** First code point of each alphabet, and the letter it starts with. */
const enclosedAlphabets = [
  [0x249c, 'a'],
  [0x24b6, 'A'],
  [0x24d0, 'a'],
  [0x1f130, 'A'],
  [0x1f150, 'A'],
  [0x1f170, 'A'],
] as const;

/** `s`, `x` and `q` have no small capital that fonts know, and stay as they are in such words. */
const smallCapitals = new Map(
  Object.entries({
    ᴀ: 'a',
    ʙ: 'b',
    ᴄ: 'c',
    ᴅ: 'd',
    ᴇ: 'e',
    ꜰ: 'f',
    ɢ: 'g',
    ʜ: 'h',
    ɪ: 'i',
    ᴊ: 'j',
    ᴋ: 'k',
    ʟ: 'l',
    ᴍ: 'm',
    ɴ: 'n',
    ᴏ: 'o',
    ᴘ: 'p',
    ǫ: 'q',
    ʀ: 'r',
    ꜱ: 's',
    ᴛ: 't',
    ᴜ: 'u',
    ᴠ: 'v',
    ᴡ: 'w',
    ʏ: 'y',
    ᴢ: 'z',
  }),
);
const smallCapitalWord = /(?<![\p{L}\p{M}])[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢsxq]{2,}(?![\p{L}\p{M}])/gu;
/** Not used in phonetic transcriptions of English: a word without any of them may be one. */
const onlySmallCapital = /[ᴀᴄᴅᴇꜰᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡᴢ]/;

/** Two letters or more, each with the same line through or below it. */
const struck = /(?:[\p{L}\p{N}][\u0332\u0333\u0335\u0336][ ]?){2,}/gu;
const strokes = /[\u0332\u0333\u0335\u0336]/g;

/**
 * Writes plainly what was typed in the alphabets that posts use instead of bold, italics and capitals: mathematical
 * (𝗯𝗼𝗹𝗱, 𝘪𝘵𝘢𝘭𝘪𝘤, 𝚖𝚘𝚗𝚘, 𝓼𝓬𝓻𝓲𝓹𝓽, 𝔣𝔯𝔞𝔨𝔱𝔲𝔯, 𝕕𝕠𝕦𝕓𝕝𝕖), fullwidth letters and digits, enclosed letters, small capitals, and
 * letters struck through or underlined by combining marks. What is a sign of its own stays: ℝ, Ⓜ, ①, 🅿️, 🇩🇪, fullwidth
 * punctuation, phonetic transcriptions.
 */
export function plainLetters(text: string): string {
  if (!anyStyled.test(text)) return text;
  return text
    .replace(mathematical, (run) => (mathematicalBlock.test(run) ? run.normalize('NFKC') : run))
    .replace(fullwidth, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace(enclosed, (run) => run.replace(enclosedLetter, plainEnclosed))
    .replace(smallCapitalWord, (word) =>
      onlySmallCapital.test(word) ? Array.from(word, (letter) => smallCapitals.get(letter) ?? letter).join('') : word,
    )
    .replace(struck, (run) => run.replace(strokes, ''));
}

function plainEnclosed(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const alphabet = enclosedAlphabets.findLast(([first]) => code >= first);
  if (alphabet === undefined) return letter;
  const [first, start] = alphabet;
  return String.fromCharCode(start.charCodeAt(0) + code - first);
}
