import { extname } from 'node:path';

export type Format = 'markdown' | 'html' | 'text';

const formats: Readonly<Record<Format, { readonly mediaType: string; readonly extensions: readonly string[] }>> = {
  markdown: { mediaType: 'text/markdown', extensions: ['.md', '.markdown', '.mdx'] },
  html: { mediaType: 'text/html', extensions: ['.html', '.htm', '.xhtml'] },
  text: { mediaType: 'text/plain', extensions: ['.txt', '.text', '.rst', '.adoc', '.org'] },
};

const formatByExtension = new Map(
  (['markdown', 'html', 'text'] as const).flatMap((format) =>
    formats[format].extensions.map((extension): [string, Format] => [extension, format]),
  ),
);

export const acceptedExtensions: readonly string[] = [...formatByExtension.keys()];

/** By the extension of its name, in any case. */
export function formatOf(path: string): Format | undefined {
  return formatByExtension.get(extname(path).toLowerCase());
}

export function mediaTypeOf(format: Format): string {
  return formats[format].mediaType;
}
