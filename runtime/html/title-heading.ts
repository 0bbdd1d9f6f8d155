/** Markdown that opens with the title as its heading says it twice: the title is kept beside the text. */
export function withoutTitle(markdown: string, title: string | undefined): string {
  if (title === undefined) return markdown;
  const opening = /^(?:!\[[^\n]*\n+)?(#{1,6} [^\n]+)(?:\n+|$)/.exec(markdown);
  if (!opening?.[1] || letters(opening[1]) !== letters(title)) return markdown;
  const at = markdown.indexOf(opening[1]);
  return (markdown.slice(0, at) + markdown.slice(at + opening[1].length).trimStart()).trimStart();
}

function letters(text: string): string {
  return text
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}]+/gu, '');
}
