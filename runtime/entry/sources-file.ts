import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { Misconfigured, messageOf } from '../domain/errors.ts';

const maxBytes = 1024 * 1024;
const maxSources = 10_000;

const milliseconds: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const intervalForm = '"30m", "6h", "1d", "2w" or such, or "never"';

/** In milliseconds; null is never. */
const interval = z
  .string(`takes ${intervalForm}`)
  .regex(/^(?:[1-9]\d{0,3}[mhdw]|never)$/, `takes ${intervalForm}`)
  .transform((text) => (text === 'never' ? null : Number.parseInt(text, 10) * (milliseconds[text.slice(-1)] ?? 1)));

const handle = (pattern: RegExp, form: string) =>
  z
    .string(`takes ${form}`)
    .transform((name) => name.replace(/^@/, ''))
    .pipe(z.string().regex(pattern, `takes ${form}`));

const handles = z.strictObject(
  {
    medium: handle(/^[\w.-]{1,100}$/, 'a name such as "@ada"').optional(),
    substack: handle(/^[a-z\d-]{1,63}$/i, 'the NAME of NAME.substack.com').optional(),
    github: handle(/^[a-z\d][a-z\d-]{0,38}$/i, 'the name of a user or an organisation').optional(),
    linkedin: handle(/^[\w%-]{1,200}$/, 'the NAME of linkedin.com/in/NAME').optional(),
  },
  'takes names by platform: medium, substack, github, linkedin',
);

const link = z.string('takes a link or a path').min(1, 'takes a link or a path');

const source = z.preprocess(
  (value) => (typeof value === 'string' ? { link: value } : value),
  z.strictObject({ link, every: interval.optional() }, 'takes a link, or "link:" and "every:"'),
);

const sourcesFile = z.strictObject(
  {
    author: z.string('takes a name').min(1, 'takes a name').optional(),
    every: interval.default(milliseconds['d'] ?? null),
    handles: handles.default({}),
    sources: z.array(source, 'takes a list').max(maxSources, `takes at most ${maxSources} sources`).default([]),
  },
  'takes "author", "handles", "every" and "sources"',
);

interface ListedSource {
  /** A link or path, as a person wrote it. */
  readonly text: string;
  /** How often it is crawled again; null is never. */
  readonly everyMs: number | null;
}

export interface SourcesFile {
  readonly author: string | undefined;
  readonly sources: readonly ListedSource[];
  /** Where the paths in it start. */
  readonly folder: string;
}

/**
 * Reads a list of sources.
 * @param path absolute
 * @throws Misconfigured naming the line of everything that is wrong, and what is accepted there
 */
export function readSourcesFile(path: string): SourcesFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false });
  const problems: { offset: number; message: string }[] = document.errors.map(({ pos, message }) => ({
    offset: pos[0],
    message,
  }));
  const parsed = problems.length === 0 ? sourcesFile.safeParse(plainValue(document, path)) : undefined;
  for (const issue of parsed?.error?.issues ?? []) problems.push(...problemsOf(issue, document));
  if (parsed?.data === undefined) {
    problems.sort((a, b) => a.offset - b.offset);
    throw new Misconfigured(
      problems.map(({ offset, message }) => `${path}, line ${lines.linePos(offset).line}: ${message}`).join('\n'),
    );
  }
  const { author, every, handles: names, sources } = parsed.data;
  return {
    author,
    folder: dirname(path),
    sources: [
      ...linksOf(names).map((text) => ({ text, everyMs: every })),
      ...sources.map((each) => ({ text: each.link, everyMs: each.every === undefined ? every : each.every })),
    ],
  };
}

function readText(path: string): string {
  try {
    if (statSync(path).size > maxBytes) throw new Misconfigured(`${path} is larger than ${maxBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Misconfigured) throw error;
    throw new Misconfigured(`the list of sources ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function plainValue(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new Misconfigured(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

function problemsOf(issue: z.core.$ZodIssue, document: Document): { offset: number; message: string }[] {
  const place = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      offset: offsetOfKey(document, place, key),
      message: `"${key}" is no setting here; it ${issue.message}`,
    }));
  }
  const subject = place.length === 0 ? 'the file' : `"${place.join('.')}"`;
  return [{ offset: offsetOf(document, place), message: `${subject} ${issue.message}` }];
}

function offsetOf(document: Document, place: readonly (string | number)[]): number {
  const node: unknown = place.length === 0 ? document.contents : document.getIn(place, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return place.length === 0 ? 0 : offsetOf(document, place.slice(0, -1));
}

function offsetOfKey(document: Document, place: readonly (string | number)[], name: string): number {
  const map: unknown = place.length === 0 ? document.contents : document.getIn(place, true);
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(document, place);
}

function linksOf({ medium, substack, github, linkedin }: z.infer<typeof handles>): readonly string[] {
  return [
    medium && `https://medium.com/@${medium}`,
    substack && `https://${substack.toLowerCase()}.substack.com/`,
    github && `https://github.com/${github}`,
    linkedin && `https://www.linkedin.com/in/${linkedin}/`,
  ].filter((text) => text !== undefined);
}
