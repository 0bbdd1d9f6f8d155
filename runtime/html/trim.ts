import { type Element, lineOf, prune } from './dom.ts';

export function trimEdges(content: Element, title: string | undefined): void {
  const wanted = (title ?? '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  prune(
    content,
    (element) =>
      element.name === 'h1' &&
      lineOf(element)
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, '') === wanted,
  );
}
