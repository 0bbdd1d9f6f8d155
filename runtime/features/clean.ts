import type { RawDocument } from '../domain/documents.ts';

export const cleanerVersion = 1;

export interface CleanedText {
  readonly text: string;
  readonly form: 'prose' | 'code';
  readonly title?: string | undefined;
  /** BCP 47 as declared for prose, Linguist's lower-case name for code. */
  readonly language?: string | undefined;
}

const proseLanguages: ReadonlySet<string> = new Set(['markdown', 'mdx', 'rmarkdown']);

export function clean(document: RawDocument): CleanedText {
  const { title } = document;
  switch (document.kind) {
    case 'article':
      return {
        text: document.content.markdown.replaceAll('\r\n', '\n'),
        form: 'prose',
        title,
        language: document.content.language,
      };
    case 'post':
      return { text: document.content.text.replaceAll('\r\n', '\n'), form: 'prose', title };
    case 'code': {
      const { language, text } = document.content;
      return { text, form: proseLanguages.has(language) ? 'prose' : 'code', title: document.content.path, language };
    }
  }
}
