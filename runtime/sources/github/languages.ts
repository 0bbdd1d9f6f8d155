import type { Language } from 'linguist-languages';

export interface CodeLanguage {
  /** Linguist's, in lower case; `text` when there is none. */
  readonly name: string;
  /** Writing (Markdown, reStructuredText, plain text), not code. */
  readonly prose: boolean;
}

const plainText: CodeLanguage = { name: 'text', prose: true };

/** Extensions and interpreters that several languages claim mean the first of these that does. */
const preferred: readonly string[] =
  'JavaScript|TypeScript|TSX|Python|Java|C|C++|C#|Objective-C|Objective-C++|Go|Rust|Ruby|PHP|Perl|Shell|SQL|HTML|Markdown|Text|AsciiDoc|JSON|YAML|INI|Java Properties|XML Property List|TeX|Scala|F#|Elixir|Erlang|Clojure|Common Lisp|Scheme|OCaml|D|R|Lua|MATLAB|Fortran|Pascal|OpenCL|GLSL|HLSL|Verilog|Unix Assembly|Assembly|Prolog|Smalltalk|Solidity|GDScript|Lex|Yacc|BitBake|Starlark|Lean 4|Mojo|Odin|ReScript|Nushell|Protocol Buffer Text Format|Roff Manpage|Typst|Vim script|VBA|Visual Basic 6.0|PowerBuilder|M4|Linker Script|Makefile'.split(
    '|',
  );

/** Where one extension has two common languages, a word of one of them decides. Each looks at a line at a time, so that it ends. */
const telling: ReadonlyMap<string, readonly { readonly language: string; readonly word: RegExp }[]> = new Map([
  [
    '.h',
    [
      { language: 'Objective-C', word: /^[ \t]*@(?:interface|protocol|class|property|end)\b/m },
      {
        language: 'C++',
        word: /^[ \t]*(?:(?:class|namespace)[ \t]+\w+|template[ \t]*<|(?:public|private|protected):)|\bstd::/m,
      },
    ],
  ],
  ['.m', [{ language: 'MATLAB', word: /^[ \t]*(?:function\b|%)/m }]],
  ['.pl', [{ language: 'Prolog', word: /^[ \t]*:-/m }]],
  ['.ts', [{ language: 'XML', word: /^\s*<\?xml/ }]],
  ['.rs', [{ language: 'RenderScript', word: /^#pragma[ \t]+(?:version|rs)/m }]],
]);

/** Names a language by file name, extension and `#!` line, from Linguist's data. */
export class LanguageTable {
  readonly #byName = new Map<string, CodeLanguage>();
  readonly #byFileName = new Map<string, CodeLanguage>();
  readonly #byExtension = new Map<string, CodeLanguage>();
  readonly #byInterpreter = new Map<string, CodeLanguage>();

  /** Reads the data when it is first needed: eight hundred small modules, about 0.2 s. */
  static async load(): Promise<LanguageTable> {
    return new LanguageTable(Object.values(await import('linguist-languages')));
  }

  private constructor(languages: readonly Language[]) {
    const rank = new Map(preferred.map((name, index) => [name, index]));
    const rankOf = ({ name, type }: Language): number =>
      rank.get(name) ?? preferred.length + (type === 'programming' ? 0 : 1);
    for (const language of languages.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      const known = { name: language.name.toLowerCase(), prose: language.type === 'prose' };
      for (const alias of [language.name, ...(language.aliases ?? [])]) {
        addFirst(this.#byName, alias.toLowerCase(), known);
      }
      for (const name of language.filenames ?? []) {
        addFirst(this.#byFileName, name, known);
      }
      for (const extension of language.extensions ?? []) {
        addFirst(this.#byExtension, extension.toLowerCase(), known);
      }
      for (const interpreter of language.interpreters ?? []) {
        addFirst(this.#byInterpreter, interpreter, known);
      }
    }
  }

  /** @param declared what `linguist-language` says, if anything */
  of(path: string, text: string, declared?: string): CodeLanguage {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return (
      (declared === undefined ? undefined : this.#byName.get(declared.toLowerCase())) ??
      this.#byFileName.get(name) ??
      this.#ofExtension(name, text) ??
      this.#ofInterpreter(text) ??
      plainText
    );
  }

  /** The longest known extension: `.d.ts` before `.ts`. */
  #ofExtension(name: string, text: string): CodeLanguage | undefined {
    const lower = name.toLowerCase();
    for (let dot = lower.indexOf('.'); dot !== -1; dot = lower.indexOf('.', dot + 1)) {
      const extension = lower.slice(dot);
      const told = telling.get(extension)?.find(({ word }) => word.test(text));
      const language =
        told === undefined ? this.#byExtension.get(extension) : this.#byName.get(told.language.toLowerCase());
      if (language !== undefined) {
        return language;
      }
    }
    return undefined;
  }

  #ofInterpreter(text: string): CodeLanguage | undefined {
    const line = text.startsWith('#!') ? text.slice(2, 256).split('\n', 1)[0] : undefined;
    const words = line?.trim().split(/\s+/) ?? [];
    const isEnv = words[0]?.endsWith('/env') === true;
    const command = isEnv ? words.slice(1).find((word) => !word.startsWith('-') && !word.includes('=')) : words[0];
    const interpreter = command?.slice(command.lastIndexOf('/') + 1);
    return interpreter === undefined
      ? undefined
      : (this.#byInterpreter.get(interpreter) ?? this.#byInterpreter.get(interpreter.replace(/[\d.]+$/, '')));
  }
}

function addFirst(map: Map<string, CodeLanguage>, key: string, language: CodeLanguage): void {
  if (!map.has(key)) {
    map.set(key, language);
  }
}
