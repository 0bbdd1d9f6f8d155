const platform =
  '(?:twitter|x|facebook|linkedin|instagram|threads|mastodon|bluesky|medium|substack|github|youtube|reddit)';
/** Whole lines, lower-case, without punctuation. */
const phrases = new RegExp(
  `^(?:${[
    'subscribe(?: now| here| today| for free)?',
    'subscribe to (?:my|our|this|the) (?:newsletter|blog|channel|publication)',
    'sign (?:up|in)(?: now)?',
    'sign up for (?:my|our|the) newsletter',
    'share(?: this)?(?: post| article| story| page)?',
    `(?:share|tweet|post)(?: this)? on ${platform}`,
    'leave a comment|post a comment|join the conversation',
    'read more|continue reading|open in app|get the app|listen(?: to this (?:post|article|story))?',
    'like|restack|reply|copy link|print|email|tweet|pin it',
    `follow(?: me| us)?(?: on ${platform}(?:(?: and| or)? ${platform})*(?: @?\\w+)?)?`,
    `(?:connect with|find) (?:me|us) on ${platform}(?:(?: and| or)? ${platform})*`,
    'click here to subscribe',
    'gift a subscription|give a gift subscription|refer a friend|upgrade to paid|become a (?:member|paid subscriber)',
    'buy me a coffee',
    '(?:thanks|thank you) for reading(?: \\S+){0,4}(?: subscribe for free to receive new posts and support my work)?',
    'this post is public so feel free to share it',
    '\\d+ min(?:ute)?s? read',
    '\\d+ (?:likes?|comments?|shares?|claps?|reactions?)',
    "abonnieren|jetzt abonnieren|teilen|beitrag teilen|s'abonner|partager|suscríbete|compartir",
  ].join('|')})$`,
);
const longest = 200;
const mostLines = 12;

/**
 * Blanks the lines at both ends that only ask the reader to subscribe, share or follow. Such a line inside the text
 * stays, as does a heading, and so does everything when nothing else would be left. The number of lines stays.
 */
export function withoutBoilerplate(text: string): string {
  const lines = text.split('\n');
  const first = blankFrom(lines, 0, 1);
  if (first === lines.length) return text;
  blankFrom(lines, lines.length - 1, -1);
  return lines.join('\n');
}

/** @returns the index of the first line from there that is content */
function blankFrom(lines: string[], start: number, step: 1 | -1): number {
  let removed = 0;
  let index = start;
  for (; index >= 0 && index < lines.length && removed < mostLines; index += step) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    if (!isBoilerplate(line)) break;
    lines[index] = '';
    removed++;
  }
  return index;
}

function isBoilerplate(line: string): boolean {
  if (line.length > longest || /^\s*#/.test(line)) return false;
  const words = line
    .replace(/[^\p{L}\p{N}\s'@_]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
  return phrases.test(words);
}
