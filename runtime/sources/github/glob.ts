/** One character, or a place in the pattern where characters may pass. */
type Token =
  | { readonly kind: 'character'; readonly matches: (character: string) => boolean }
  /** `*`: any characters but `/`. */
  | { readonly kind: 'star' }
  /** Double star before a `/`: nothing, or any path that ends with `/`. */
  | { readonly kind: 'folders' }
  /** Double star at the end: anything. */
  | { readonly kind: 'rest' };

export type Glob = (path: string) => boolean;

/**
 * Compiles a pattern of `.gitattributes` (see gitattributes(5) and gitignore(5)): without a `/` it is matched with the
 * last part of a path, else with the whole path below the folder of its file. The pattern comes from strangers, so it
 * is run as a set of states: never more than pattern × path steps.
 * @returns undefined for a pattern that matches nothing (a folder's, ending with `/`)
 */
export function compileGlob(pattern: string): Glob | undefined {
  if (pattern === '' || pattern.endsWith('/')) {
    return undefined;
  }
  const tokens = tokensOf(pattern.replace(/^\//, ''));
  return pattern.includes('/')
    ? (path) => run(tokens, path)
    : (path) => run(tokens, path.slice(path.lastIndexOf('/') + 1));
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < pattern.length) {
    const character = pattern.charAt(index);
    const atStart = index === 0 || pattern[index - 1] === '/';
    const [stars, behind] = (atStart && /^\*{2,}(\/|$)/.exec(pattern.slice(index))) || [];
    if (stars !== undefined) {
      tokens.push({ kind: behind === '/' ? 'folders' : 'rest' });
      index += stars.length;
    } else if (character === '*') {
      tokens.push({ kind: 'star' });
      index += 1;
    } else if (character === '?') {
      tokens.push({ kind: 'character', matches: (other) => other !== '/' });
      index += 1;
    } else if (character === '[' && classEnd(pattern, index) !== -1) {
      const end = classEnd(pattern, index);
      tokens.push({ kind: 'character', matches: classOf(pattern.slice(index + 1, end)) });
      index = end + 1;
    } else {
      const escaped = character === '\\' && index + 1 < pattern.length;
      const literal = escaped ? pattern.charAt(index + 1) : character;
      tokens.push({ kind: 'character', matches: (other) => other === literal });
      index += escaped ? 2 : 1;
    }
  }
  return tokens;
}

/** A `]` right behind the `[` or its negation stands for itself. */
function classEnd(pattern: string, start: number): number {
  const negated = pattern[start + 1] === '!' || pattern[start + 1] === '^';
  return pattern.indexOf(']', start + (negated ? 3 : 2));
}

function classOf(body: string): (character: string) => boolean {
  const negated = body.startsWith('!') || body.startsWith('^');
  const characters = negated ? body.slice(1) : body;
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let index = 0; index < characters.length; index += 1) {
    const from = characters.charAt(index);
    if (characters[index + 1] === '-' && index + 2 < characters.length) {
      ranges.push([from, characters.charAt(index + 2)]);
      index += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return (character) =>
    character !== '/' && ranges.some(([from, to]) => from <= character && character <= to) !== negated;
}

function run(tokens: readonly Token[], path: string): boolean {
  let states = new Set<number>();
  enter(tokens, 0, states);
  for (let index = 0; index < path.length && states.size > 0; index += 1) {
    const character = path.charAt(index);
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token?.kind === 'character') {
        if (token.matches(character)) {
          enter(tokens, state + 1, next);
        }
      } else if (token?.kind === 'star') {
        if (character !== '/') {
          enter(tokens, state, next);
        }
      } else if (token?.kind === 'folders') {
        // Inside of a folder's name only a `/` leads on.
        next.add(state);
        if (character === '/') {
          enter(tokens, state + 1, next);
        }
      } else if (token?.kind === 'rest') {
        enter(tokens, state, next);
      }
    }
    states = next;
  }
  return states.has(tokens.length);
}

/** Adds a state and those that are reached from it without a character. */
function enter(tokens: readonly Token[], state: number, states: Set<number>): void {
  let reached = state;
  states.add(reached);
  while (reached < tokens.length && tokens[reached]?.kind !== 'character') {
    reached += 1;
    states.add(reached);
  }
}
