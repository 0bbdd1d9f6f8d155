/**
 * Roughly how many tokens of a current BPE vocabulary (measured against o200k) a text takes, in one pass over its
 * UTF-16 units: real tokenizers are slower than the rest of the pipeline together.
 */
export function estimateTokens(text: string, start = 0, end = text.length): number {
  let tokens = 0;
  let position = start;
  while (position < end) {
    const next = stepEnd(text, position, end);
    tokens += stepTokens(text, position, next);
    position = next;
  }
  return tokens;
}

/** How far `text` goes from `start` before it holds more than `budget` tokens; at least one step of the estimate. */
export function fitTokens(text: string, start: number, end: number, budget: number): number {
  let tokens = 0;
  let position = start;
  while (position < end) {
    const next = stepEnd(text, position, end);
    const cost = stepTokens(text, position, next);
    if (tokens + cost > budget) {
      // A single run over the whole budget is cut where the budget ends.
      return position > start ? position : start + Math.max(1, Math.floor(((next - start) * budget) / cost));
    }
    tokens += cost;
    position = next;
  }
  return end;
}

const longestRun = 256;

/** A run of ASCII letters, a run of digits, or one unit. */
function stepEnd(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start);
  let position = start + 1;
  // Without a limit, a text that is one word would be read to its end for every cut.
  const limit = Math.min(end, start + longestRun);
  if (isAsciiLetter(unit)) while (position < limit && isAsciiLetter(text.charCodeAt(position))) position++;
  else if (isDigit(unit)) while (position < limit && isDigit(text.charCodeAt(position))) position++;
  return position;
}

function stepTokens(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start);
  const length = end - start;
  if (unit === 0x20) return 0;
  if (isAsciiLetter(unit)) return length <= 6 ? 1 : 1 + (length - 6) * 0.12;
  if (isDigit(unit)) return Math.ceil(length / 3);
  if (unit < 0x80) return unit === 0x0a ? 0.5 : 0.8;
  if (unit < 0x250) return 0.9;
  if (unit < 0x900) return 0.27;
  if (unit < 0x2000) return 0.5;
  if (unit < 0x2e80) return 0.6;
  if (unit < 0xd800) return 0.8;
  return 1;
}

function isAsciiLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
