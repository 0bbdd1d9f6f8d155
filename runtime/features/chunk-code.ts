import { ChunkCutter, type ChunkDraft, type Span } from './chunk-draft.ts';
import { chunkLines } from './chunk-lines.ts';
import { type CodeUnit, codeUnits } from './code-units.ts';
import { SyntaxTrees } from './syntax-trees.ts';

/** Characters that are not white space: about 350 tokens of source, which the smaller embedding models still read whole. */
const largest = 1200;
/** A chunk filled to this part is closed where a definition ends rather than filled up with what follows it. */
const wellFilled = 0.5;

export interface CodeFile {
  readonly text: string;
  readonly path: string;
  /** Linguist's lower-case name. */
  readonly language: string;
}

interface CodeChunk extends Span {
  readonly scope: readonly string[];
}

/**
 * Cuts source code along its syntax tree: nodes over the limit are split into their children, and neighbours are merged
 * again, across levels, as long as they fit (cAST, Zhang et al. 2025, arXiv:2506.15655). Comments, decorators and the
 * line that opens a definition stay with what they belong to. Without a grammar, or when the parser gives up, the layout
 * decides. Chunks hold all that is not white space, in order and once. A breadcrumb is the path and the definitions
 * around, down to the one that is the chunk.
 */
export class CodeChunker {
  readonly #graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
  readonly #trees = new SyntaxTrees();

  async chunk({ text, path, language }: CodeFile): Promise<ChunkDraft[]> {
    const chunks =
      (await this.#trees.read(text, language, (tree) => merged(codeUnits(text, tree, largest, this.#graphemes)))) ??
      chunkLines(text, largest, this.#graphemes).map((span) => ({ ...span, scope: [] }));
    const cutter = new ChunkCutter(text);
    return chunks.map(({ start, end, scope }) => cutter.cut({ start, end }, [path, ...scope]));
  }
}

function merged(units: readonly CodeUnit[]): CodeChunk[] {
  const chunks: CodeChunk[] = [];
  let open: CodeUnit[] = [];
  let size = 0;
  for (const cluster of clusters(units)) {
    const clusterSize = sizeOf(cluster);
    if (open.length > 0 && (size + clusterSize > largest || (size >= largest * wellFilled && leaves(open, cluster)))) {
      chunks.push(asChunk(open));
      open = [];
      size = 0;
    }
    for (const unit of cluster) open.push(unit);
    size += clusterSize;
  }
  if (open.length > 0) chunks.push(asChunk(open));
  return chunks;
}

/** Units that belong together, as far as they fit into a chunk. */
function clusters(units: readonly CodeUnit[]): CodeUnit[][] {
  const all: CodeUnit[][] = [];
  let current: CodeUnit[] = [];
  let size = 0;
  let joined = false;
  for (const unit of units) {
    if (current.length > 0 && (!joined || size + unit.size > largest)) {
      all.push(current);
      current = [];
      size = 0;
    }
    current.push(unit);
    size += unit.size;
    joined = unit.joinsNext;
  }
  if (current.length > 0) all.push(current);
  return all;
}

function leaves(open: readonly CodeUnit[], next: readonly CodeUnit[]): boolean {
  return (next[0]?.depth ?? 0) < (open.at(-1)?.depth ?? 0);
}

function asChunk(units: readonly CodeUnit[]): CodeChunk {
  const telling = units.filter(({ isNeutral }) => !isNeutral);
  const [first, ...others] = (telling.length > 0 ? telling : units).map(({ scope }) => scope);
  const scope = others.reduce(commonScope, first ?? []);
  return { start: units[0]?.start ?? 0, end: units.at(-1)?.end ?? 0, scope };
}

function commonScope(first: readonly string[], second: readonly string[]): readonly string[] {
  const differing = first.findIndex((name, index) => name !== second[index]);
  return differing === -1 ? first : first.slice(0, differing);
}

function sizeOf(units: readonly CodeUnit[]): number {
  return units.reduce((total, { size }) => total + size, 0);
}
