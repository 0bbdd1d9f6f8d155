import { basename, extname } from 'node:path';
import type { DocumentDraft } from '../../domain/documents.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { decodeText, looksBinary } from '../../domain/text-encoding.ts';
import { extractArticle } from '../../html/extract-article.ts';
import { timestampOfName } from './dates.ts';
import { type Format, mediaTypeOf } from './formats.ts';
import { splitFrontMatter } from './front-matter.ts';
import { firstHeading } from './heading.ts';

export interface FilePayload {
  /** Absolute and real. */
  readonly path: string;
  /** The path as a file: URL. */
  readonly link: string;
  readonly format: Format;
  readonly bytes: Uint8Array;
  readonly authorId: string;
}

interface Extracted {
  readonly title?: string | undefined;
  readonly byline?: string | undefined;
  readonly publishedAt?: string | undefined;
  readonly language?: string | undefined;
  readonly markdown: string;
}

/**
 * Title: as the text declares it, else its first heading, else the file's name. Date: as the text declares it, else the
 * one before the file's name, never the time of its last change, which every copy makes anew.
 * @throws RejectedInput `binary`, `empty`
 */
export function extract(file: FilePayload): DocumentDraft {
  if (looksBinary(file.bytes)) {
    throw new RejectedInput('binary', `${file.path} holds binary data, not text.`);
  }
  const extracted = extractors[file.format](file);
  const markdown = extracted.markdown.trim();
  if (markdown === '') {
    throw new RejectedInput('empty', `${file.path} has no text in it.`);
  }
  const name = basename(file.path);
  return {
    kind: 'article',
    platform: 'file',
    naturalKey: file.path,
    authorId: file.authorId,
    link: file.link,
    title: extracted.title ?? basename(name, extname(name)).normalize('NFC'),
    publishedAt: extracted.publishedAt ?? timestampOfName(name),
    content: {
      markdown,
      ...(extracted.byline === undefined ? {} : { byline: extracted.byline }),
      ...(extracted.language === undefined ? {} : { language: extracted.language }),
    },
    payload: { mediaType: mediaTypeOf(file.format), bytes: file.bytes },
  };
}

const extractors: Readonly<Record<Format, (file: FilePayload) => Extracted>> = {
  markdown: extractMarkdown,
  html: extractHtml,
  text: (file) => ({ markdown: withUnixLineEnds(decodeText(file.bytes)) }),
};

function extractMarkdown(file: FilePayload): Extracted {
  const { frontMatter, body } = splitFrontMatter(withUnixLineEnds(decodeText(file.bytes)));
  const heading = firstHeading(body);
  const { title = heading?.text, author: byline, publishedAt, language } = frontMatter;
  // A heading that says the title and stands above everything else is not part of the body; if it is all there is,
  // it stays, so that the document is not empty.
  const rest = heading?.leads === true && heading.text === title ? body.slice(heading.end) : body;
  return { title, byline, publishedAt, language, markdown: rest.trim() === '' ? body : rest };
}

function extractHtml(file: FilePayload): Extracted {
  return extractArticle(decodeText(file.bytes, declaredEncoding(file.bytes)), file.link);
}

/** Of `<meta charset>`, `<meta http-equiv>` or an XML declaration, looked for as far as browsers look. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  return /<meta[^>]+charset\s*=\s*["']?([\w-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i
    .exec(head)
    ?.slice(1)
    .find(Boolean);
}

function withUnixLineEnds(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}
