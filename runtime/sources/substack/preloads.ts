import { boundedJson } from './bounded-json.ts';

/**
 * What a page hands to its own scripts: `window._preloads = JSON.parse("…")`, JSON inside of a string. The script is read,
 * never run.
 */
export function preloadsOf(html: string): unknown {
  const start = /window\._preloads\s{0,20}=\s{0,20}JSON\.parse\(\s{0,20}(?=")/.exec(html);
  if (start === null) return undefined;
  const literal = stringLiteralAt(html, start.index + start[0].length);
  if (literal === undefined) return undefined;
  const json = boundedJson(literal);
  return typeof json === 'string' ? boundedJson(json) : undefined;
}

/** With its quotes. */
function stringLiteralAt(text: string, start: number): string | undefined {
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === '"') return text.slice(start, index + 1);
    else if (character === '\n') return undefined;
  }
  return undefined;
}
