import type { Node } from './dom.ts';
import { voidElements } from './parse.ts';

/** Their text is no markup (HTML standard, 13.3). */
const rawTextElements: ReadonlySet<string> = new Set('style script xmp iframe noembed noframes plaintext'.split(' '));

/** The HTML of an element of a parsed tree, itself included: parsed again it is the same tree. */
export function serializeHtml(node: Node): string {
  if (node.type === 'text') return escaped(node.value);
  const { name, attributes, children } = node;
  const raw = rawTextElements.has(name);
  const content = children.map((child) => (raw && child.type === 'text' ? child.value : serializeHtml(child))).join('');
  if (name === '#document') return content;
  const listed = [...attributes]
    .map(([key, value]) => ` ${key}="${escaped(value).replaceAll('"', '&quot;')}"`)
    .join('');
  return voidElements.has(name) ? `<${name}${listed}>` : `<${name}${listed}>${content}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('\u00a0', '&nbsp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
