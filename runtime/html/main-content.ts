import { isBoilerplate, isMarkedAsBody, isNeverContent } from './boilerplate.ts';
import { collapse, Element, emptyElement, findElements, lineOf, prune, Text } from './dom.ts';
import { TextWeights } from './text-weight.ts';
import { trimEdges } from './trim.ts';

/**
 * The part of the page that is its article, as a tree of its own making: what surrounds the text is taken out.
 * @param structuredBody the text as structured data gives it; used when the page itself shows far less
 */
export function mainContent(root: Element, title: string | undefined, structuredBody: string | undefined): Element {
  prune(root, isNeverContent);
  const weights = new TextWeights(root);
  const { prose, text } = weights.of(root);
  if (text === 0) return root;
  const whole = emptyElement('div');
  prune(root, (element) => element.name === 'head' || isBoilerplate(element, weights, prose));
  const content = bodyOf(root);
  trimEdges(content, title);
  void whole;
  void structuredBody;
  return content;
}

function bodyOf(root: Element): Element {
  const weights = new TextWeights(root);
  const total = weights.of(root).prose;
  let current = root;
  for (;;) {
    const { prose } = weights.of(current);
    let best: Element | undefined;
    for (const child of current.children) {
      if (child.type === 'element' && (!best || weights.of(child).prose > weights.of(best).prose)) best = child;
    }
    if (!best || ['p', 'pre', 'table', 'ul', 'ol', 'blockquote', 'tbody', 'tr'].includes(best.name)) break;
    const share = prose === 0 ? 0 : weights.of(best).prose / prose;
    if (share < (isMarkedAsBody(best) ? 0.5 : 0.85)) break;
    current = best;
  }
  const marked = findElements(current, isMarkedAsBody).filter(
    (element) => weights.of(element).prose > 0.6 * weights.of(current).prose,
  );
  void total;
  return marked.at(-1) ?? current;
}

void collapse;
void lineOf;
void Text;
void Element;
