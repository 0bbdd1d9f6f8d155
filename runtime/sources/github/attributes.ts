import { compileGlob, type Glob } from './glob.ts';

/** What a repository says of a path to Linguist; undefined where it says nothing. */
export interface LinguistAttributes {
  readonly vendored?: boolean | undefined;
  readonly generated?: boolean | undefined;
  /** As it is written there. */
  readonly language?: string | undefined;
}

interface Rule {
  readonly glob: Glob;
  readonly attributes: LinguistAttributes;
}

/** More than any real repository has; what is beyond is left out, so that a hostile one costs little. */
const maximumRules = 1_000;
const maximumPattern = 500;

/** The Linguist attributes of all `.gitattributes` files of a tree: later lines and deeper files win. */
export class AttributeFiles {
  readonly #rules = new Map<string, Rule[]>();
  #count = 0;

  /** @param folder of the file, `''` at the top */
  add(folder: string, content: string): void {
    for (const line of content.split(/\r?\n/)) {
      const rule = line.includes('linguist-') && this.#count < maximumRules ? ruleOf(line) : undefined;
      if (rule !== undefined) {
        this.#count += 1;
        const rules = this.#rules.get(folder);
        if (rules === undefined) {
          this.#rules.set(folder, [rule]);
        } else {
          rules.push(rule);
        }
      }
    }
  }

  of(path: string): LinguistAttributes {
    let attributes: LinguistAttributes = {};
    if (this.#count === 0) {
      return attributes;
    }
    for (let end = 0; end !== -1; end = path.indexOf('/', end + 1)) {
      const folder = path.slice(0, end);
      const below = end === 0 ? path : path.slice(end + 1);
      for (const rule of this.#rules.get(folder) ?? []) {
        if (rule.glob(below)) {
          attributes = { ...attributes, ...rule.attributes };
        }
      }
    }
    return attributes;
  }
}

function ruleOf(line: string): Rule | undefined {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"#]\S*))\s+(.*)$/.exec(line);
  const pattern = match?.[1] ?? match?.[2];
  // `[attr]` defines a macro, and a negative pattern is forbidden there.
  if (pattern === undefined || pattern.length > maximumPattern || /^(?:\[attr\]|!)/.test(pattern)) {
    return undefined;
  }
  const glob = compileGlob(pattern);
  return glob === undefined ? undefined : { glob, attributes: attributesOf((match?.[3] ?? '').split(/\s+/)) };
}

/** `!name` takes back what was said before: it is kept as an explicit undefined, which overrides. */
function attributesOf(words: readonly string[]): LinguistAttributes {
  const attributes: { vendored?: boolean | undefined; generated?: boolean | undefined; language?: string | undefined } =
    {};
  for (const word of words) {
    const [, sign, name, value] = /^([-!]?)linguist-([a-z]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name === 'vendored' || name === 'generated') {
      attributes[name] = sign === '!' ? undefined : sign !== '-' && value !== 'false';
    } else if (name === 'language') {
      attributes.language = sign === '' ? value : undefined;
    }
  }
  return attributes;
}
