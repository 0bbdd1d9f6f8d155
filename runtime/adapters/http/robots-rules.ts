import { createRequire } from 'node:module';

/** The library's types declare an export that its CommonJS module does not have when it is imported. */
const robotsParser: typeof import('robots-parser').default = createRequire(import.meta.url)('robots-parser');

/** What a robots.txt allows a crawler. */
export interface RobotsRules {
  allows(url: URL): boolean;
  /** What it asks for between two requests, at most a minute; 0 when it asks for nothing. */
  readonly delayMs: number;
}

/** Whoever asks for more wants no crawler, and can say that with `Disallow`. */
const longestDelayMs = 60_000;

/** Rules with wildcards are tried on every part of a path. A file made to keep us busy allows nothing. */
const mostSteps = 100_000_000;

/** @param origin where the robots.txt is from */
export function robotsRules(origin: string, text: string, productToken: string): RobotsRules {
  const token = productToken.toLowerCase();
  const lines = ownLines(text, token);
  const robots = robotsParser(`${origin}/robots.txt`, lines.join('\n'));
  const seconds = robots.getCrawlDelay(token) ?? 0;
  const wildcards = lines.reduce((sum, line) => sum + (line.includes('*') ? line.length : 0), 0);
  return {
    // RFC 9309, section 2.2.2: the file itself is always allowed.
    allows: (url) =>
      url.pathname === '/robots.txt' ||
      (wildcards * (url.pathname.length + url.search.length) <= mostSteps &&
        robots.isAllowed(url.href, token) !== false),
    delayMs: Math.min(Math.max(seconds * 1000, 0), longestDelayMs),
  };
}

/** The name under which a robots.txt addresses the sender of a user agent (RFC 9309, section 2.2.1). */
export function productTokenOf(userAgent: string): string {
  return /^[a-z_-]+/i.exec(userAgent)?.[0] ?? '*';
}

/**
 * The groups for `token` and for everyone. The parser would copy each rule for each name that a group is for, which is
 * too much for a file made of thousands of both.
 */
function ownLines(text: string, token: string): readonly string[] {
  const kept: string[] = [];
  let names: Set<string> | undefined;
  let rules = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [field, value] = fieldOf(line);
    if (field === 'user-agent') {
      if (names === undefined || rules) names = new Set();
      rules = false;
      const name = value.toLowerCase().split('/', 1)[0]?.trim() ?? '';
      if ((name === token || name === '*') && !names.has(name)) {
        names.add(name);
        kept.push(`User-agent: ${name}`);
      }
    } else if (field === 'allow' || field === 'disallow' || field === 'crawl-delay') {
      rules = true;
      if (names !== undefined && names.size > 0) kept.push(`${field}: ${value.replace(/\*{2,}/g, '*')}`);
    }
  }
  return kept;
}

function fieldOf(line: string): readonly [field: string, value: string] {
  const content = line.split('#', 1)[0] ?? '';
  const colon = content.indexOf(':');
  return colon < 0 ? ['', ''] : [content.slice(0, colon).trim().toLowerCase(), content.slice(colon + 1).trim()];
}
