import { MarkdownTextSplitter, RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import { HashingEmbedder } from '../runtime/adapters/embedders/hashing-embedder.ts';
import type { ArticleDocument } from '../runtime/domain/documents.ts';
import { authorId, documentId, sha256 } from '../runtime/domain/identity.ts';
import { ProseChunker } from '../runtime/features/chunk-prose.ts';
import { clean } from '../runtime/features/clean.ts';
import { LanguageDetector } from '../runtime/features/language.ts';
import { FeaturePipeline } from '../runtime/features/pipeline.ts';
import { SparseEncoder } from '../runtime/features/sparse.ts';
import { syntheticProse } from './prose.ts';

const megabyte = 1e6;

/**
 * MB of UTF-8 per second of one core's time (what other processes take does not count) and of the clock, over prose that
 * is made for it: clean, chunk and embed (dense and BM25); the whole pipeline as the index worker runs it, which also
 * tells languages and makes ids; each step alone, whose sum is less than the steps in turn, as they share the processor's
 * caches; and the chunk step of LangChain on the same text with chunks of the same size.
 */
export async function benchFeatures({ megabytes = 4 }: { readonly megabytes?: number } = {}) {
  const documents = syntheticProse(megabytes * megabyte).map(asDocument);
  const bytes = documents.reduce((sum, { content }) => sum + Buffer.byteLength(content.markdown), 0);
  const { signal } = new AbortController();
  const rate = (microseconds: number) => Math.round((bytes / megabyte / (microseconds / 1e6)) * 10) / 10;
  const perSecond = async (run: () => Promise<unknown> | unknown) => {
    await run();
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    await run();
    const { user, system } = process.cpuUsage(cpuBefore);
    return { cpu: rate(user + system), wall: rate((performance.now() - started) * 1000) };
  };

  const embedder = new HashingEmbedder();
  const sparse = new SparseEncoder();
  const chunker = new ProseChunker();
  const detector = new LanguageDetector();
  const pipeline = new FeaturePipeline(embedder);
  const cleaned = documents.map((document) => clean(document).text);
  const chunks = cleaned.flatMap((text) => chunker.chunk({ text, isPost: false }).map((chunk) => chunk.text));
  const size = { chunkSize: 800, chunkOverlap: 0 };
  const recursive = new RecursiveCharacterTextSplitter(size);
  const markdown = new MarkdownTextSplitter(size);

  const steps = {
    clean: await perSecond(() => documents.map(clean)),
    chunk: await perSecond(() => cleaned.map((text) => chunker.chunk({ text, isPost: false }))),
    dense: await perSecond(() => embedder.embed(chunks)),
    sparse: await perSecond(() => chunks.map((chunk) => sparse.document(chunk, 'article'))),
    language: await perSecond(() => Promise.all(cleaned.map((text) => detector.detect(text)))),
  };
  const cleanChunkEmbed = await perSecond(async () => {
    for (const document of documents) {
      const texts = chunker.chunk({ text: clean(document).text, isPost: false }).map(({ text }) => text);
      await embedder.embed(texts);
      for (const text of texts) sparse.document(text, 'article');
    }
  });
  return {
    unit: 'MB/s',
    megabytes: Math.round(bytes / megabyte),
    documents: documents.length,
    chunks: chunks.length,
    cleanChunkEmbed,
    goal: 5,
    wholePipeline: await perSecond(async () => {
      for (const document of documents) await pipeline.process(document, 'Ada', undefined, signal);
    }),
    steps,
    langchainChunk: {
      recursive: await perSecond(() => Promise.all(cleaned.map((text) => recursive.splitText(text)))),
      markdown: await perSecond(() => Promise.all(cleaned.map((text) => markdown.splitText(text)))),
    },
  };
}

function asDocument(markdown: string, index: number): ArticleDocument {
  const naturalKey = `bench/${index}.md`;
  const time = '2026-01-01T00:00:00.000Z';
  return {
    _id: documentId('file', naturalKey),
    kind: 'article',
    platform: 'file',
    naturalKey,
    authorId: authorId('Ada'),
    link: `file:///${naturalKey}`,
    title: `Document ${index}`,
    content: { markdown },
    snapshot: { mediaType: 'text/markdown', compression: 'none', bytes: new Uint8Array() },
    contentHash: sha256(markdown),
    revision: 1,
    crawledAt: time,
    changedAt: time,
  };
}
