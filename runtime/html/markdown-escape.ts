/** Text of a page never turns into Markdown syntax: only what CommonMark (with GFM) would read as such gets a backslash. */
export function escapeText(text: string): string {
  if (!/[\\`*_<&~\]]/.test(text)) return text;
  return text
    .replace(/\\(?=[!-/:-@[-`{-~]|$)/g, '\\\\')
    .replace(/`/g, '\\`')
    .replace(/\*/g, (star, at: number, all: string) => (isBetweenSpaces(all, at) ? star : `\\${star}`))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}_])/gu, '\\_')
    .replace(/<(?=[a-zA-Z/!?])/g, '\\<')
    .replace(/&(?=#?\w{1,32};)/g, '\\&')
    .replace(/~~/g, '\\~\\~')
    .replace(/\](?=[([])/g, '\\]');
}

function isBetweenSpaces(text: string, at: number): boolean {
  return /^\s\S\s$/.test(text.slice(Math.max(0, at - 1), at + 2));
}

/** For a finished paragraph: lines that would start another block are told apart from one. */
export function escapeLineStarts(paragraph: string): string {
  return paragraph.replace(/^.*$/gm, (line) =>
    line
      .replace(/^([#]{1,6}|[-+*])(?=\s|$)/, '\\$1')
      .replace(/^>/, '\\>')
      .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
      .replace(/^(=+|-{2,})(?=\s*$)/, '\\$1')
      .replace(/^([-_*])(?=(?:\s*\1){2,}\s*$)/, '\\$1')
      .replace(/^~~~/, '\\~~~')
      .replace(/^\[(?=[^\]]+\]:)/, '\\[')
      .replace(/^:(?=\s)/, '\\:'),
  );
}

/** A run of back-ticks longer than any in `text`, at least `minimum`. */
export function fenceFor(text: string, minimum: number): string {
  let longest = 0;
  for (const run of text.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return '`'.repeat(Math.max(minimum, longest + 1));
}
