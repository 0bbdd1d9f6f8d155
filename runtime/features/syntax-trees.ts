import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Language, Parser, Tree } from '@vscode/tree-sitter-wasm';

/** Linguist's lower-case names, and the grammar that reads them. */
const grammars: ReadonlyMap<string, string> = new Map(
  Object.entries({
    c: 'cpp',
    'c++': 'cpp',
    'c#': 'c-sharp',
    css: 'css',
    go: 'go',
    ini: 'ini',
    java: 'java',
    javascript: 'javascript',
    php: 'php',
    powershell: 'powershell',
    python: 'python',
    ruby: 'ruby',
    rust: 'rust',
    shell: 'bash',
    tsx: 'tsx',
    typescript: 'typescript',
  }),
);

/** Larger files are generated or data; their trees would take tens of times their size. In UTF-16 units. */
const largestSource = 256 * 1024;
/**
 * The parser reports about once in 365 units of ordinary source. One that needs twenty times as many steps is lost in
 * error recovery. Steps come before time, so that the same text is cut the same way on every machine.
 */
const unitsPerStep = 18;
const freeSteps = 1000;
/** Some inputs, all of them made for it, make single steps slow. An ordinary file of the largest size takes 0.1 s. */
const longestParseMs = 4000;

const mebibyte = 1024 * 1024;
const pageSize = 64 * 1024;
/** What the build asks for at least and at most. */
const memoryPages = { initial: (32 * mebibyte) / pageSize, maximum: (2048 * mebibyte) / pageSize };
/** A parse that needs more is given up; ordinary files stay below 64 MiB. */
const mostMemory = 160 * mebibyte;
/** WebAssembly memory never shrinks: an instance that has grown beyond this is replaced. */
const keptMemory = 96 * mebibyte;

/** One instance of the library, with the memory that all its grammars, parsers and trees share. */
interface Instance {
  readonly library: typeof import('@vscode/tree-sitter-wasm');
  readonly memory: WebAssembly.Memory;
  readonly parser: Parser;
  readonly languages: Map<string, Promise<Language>>;
}

/** Parses source code, loading each grammar when it is first needed, in a bounded amount of time and memory. */
export class SyntaxTrees {
  #instance: Promise<Instance> | undefined;

  /**
   * Hands the tree of `text` to `read` and frees it.
   * @param language Linguist's lower-case name
   * @returns undefined when there is no grammar, the file is too large or the parser gave up
   */
  async read<Result>(text: string, language: string, read: (tree: Tree) => Result): Promise<Result | undefined> {
    const grammar = grammars.get(language);
    if (grammar === undefined || text.length > largestSource) return undefined;
    this.#instance ??= load();
    const instance = await this.#instance;
    const loaded = await loadedLanguage(instance, grammar);
    const tree = this.#parse(instance, loaded, text);
    if (tree === null) return undefined;
    try {
      return read(tree);
    } finally {
      tree.delete();
    }
  }

  #parse({ parser, memory }: Instance, language: Language, text: string): Tree | null {
    let steps = freeSteps + text.length / unitsPerStep;
    const deadline = performance.now() + longestParseMs;
    const isLost = () => --steps < 0 || performance.now() > deadline || memory.buffer.byteLength > mostMemory;
    try {
      parser.setLanguage(language);
      const tree = parser.parse(text, null, { progressCallback: isLost });
      // Otherwise the next text would be parsed as the rest of the one that was given up.
      if (tree === null) parser.reset();
      if (memory.buffer.byteLength > keptMemory) this.#instance = undefined;
      return tree;
    } catch {
      // The grammar ran into a trap or out of memory, which must not stop the stream; the instance is of no more use.
      this.#instance = undefined;
      return null;
    }
  }
}

/** The library keeps its instance for itself, so that a new one takes a new copy of the module. */
async function load(): Promise<Instance> {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@vscode/tree-sitter-wasm');
  delete require.cache[file];
  const library: Instance['library'] = require(file);
  const memory = new WebAssembly.Memory(memoryPages);
  const options = { locateFile: (name: string) => join(dirname(file), name), wasmMemory: memory };
  await library.Parser.init(options);
  return { library, memory, parser: new library.Parser(), languages: new Map() };
}

function loadedLanguage({ library, languages }: Instance, grammar: string): Promise<Language> {
  let language = languages.get(grammar);
  if (language === undefined) {
    const file = createRequire(import.meta.url).resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`);
    language = library.Language.load(file);
    languages.set(grammar, language);
  }
  return language;
}
