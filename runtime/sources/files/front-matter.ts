import { parseDocument } from 'yaml';
import * as z from 'zod';
import { timestampOf } from './dates.ts';

export interface FrontMatter {
  readonly title?: string | undefined;
  readonly author?: string | undefined;
  readonly publishedAt?: string | undefined;
  readonly language?: string | undefined;
}

/** Longer ones are no front matter but text between two rules; parsing them would cost more than they can tell. */
const maximumLength = 64 * 1024;

const word = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().min(1));
const person = z.union([word, z.looseObject({ name: word }).transform(({ name }) => name)]);
const people = z.union([
  person,
  z
    .array(person)
    .min(1)
    .transform((names) => names.join(', ')),
]);
const date = z
  .string()
  .transform((value) => timestampOf(value))
  .pipe(z.string());

/** A field of an unexpected shape is left out; the others count. */
const fields = z.looseObject({
  title: word.optional().catch(undefined),
  author: people.optional().catch(undefined),
  authors: people.optional().catch(undefined),
  date: date.optional().catch(undefined),
  published: date.optional().catch(undefined),
  lang: word.optional().catch(undefined),
  language: word.optional().catch(undefined),
});

/**
 * Takes the YAML between two `---` lines off the top of a Markdown text.
 * Where it is no mapping or cannot be parsed, all of the text is body: nothing is lost.
 * @param text with `\n` line ends
 */
export function splitFrontMatter(text: string): { readonly frontMatter: FrontMatter; readonly body: string } {
  const nothing = { frontMatter: {}, body: text };
  if (!text.startsWith('---\n')) {
    return nothing;
  }
  const match = /\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text.slice(3, maximumLength));
  if (match === null) {
    return nothing;
  }
  const attributes = parseMapping(text.slice(4, 3 + match.index));
  if (attributes === undefined) {
    return nothing;
  }
  const { title, author, authors, date, published, lang, language } = attributes;
  return {
    frontMatter: { title, author: author ?? authors, publishedAt: date ?? published, language: lang ?? language },
    body: text.slice(3 + match.index + match[0].length),
  };
}

function parseMapping(source: string): z.infer<typeof fields> | undefined {
  try {
    const document = parseDocument(source, { logLevel: 'silent', uniqueKeys: false });
    if (document.errors.length > 0) {
      return undefined;
    }
    return fields.safeParse(document.toJS({ maxAliasCount: 100 })).data;
  } catch (error) {
    // Too many aliases (ReferenceError), too deep (RangeError): whatever it is, the text is kept as it stands.
    if (error instanceof Error) {
      return undefined;
    }
    throw error;
  }
}
