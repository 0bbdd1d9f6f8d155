/**
 * Elements never nest deeper than this, so that walking a tree may recurse whatever the page is, and looking at the
 * ancestors of every element stays linear. Blink allows 512; pages made to be read stay below a hundred.
 */
export const maximumDepth = 256;

export class Text {
  readonly type = 'text';
  parent: Element | undefined;
  value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class Element {
  readonly type = 'element';
  parent: Element | undefined;
  readonly children: Node[] = [];
  /** Lower-case. */
  readonly name: string;
  /** Names in lower case, the first of equal names, entities decoded. */
  readonly attributes: ReadonlyMap<string, string>;

  constructor(name: string, attributes: ReadonlyMap<string, string>) {
    this.name = name;
    this.attributes = attributes;
  }

  append(node: Node): void {
    node.parent = this;
    this.children.push(node);
  }
}

export type Node = Text | Element;

const noAttributes: ReadonlyMap<string, string> = new Map();

export function emptyElement(name: string): Element {
  return new Element(name, noAttributes);
}

export function findElement(root: Element, matches: (element: Element) => boolean): Element | undefined {
  for (const child of root.children) {
    if (child.type !== 'element') continue;
    const found = matches(child) ? child : findElement(child, matches);
    if (found) return found;
  }
  return undefined;
}

export function findElements(root: Element, matches: (element: Element) => boolean): Element[] {
  const found: Element[] = [];
  const visit = (element: Element): void => {
    for (const child of element.children) {
      if (child.type !== 'element') continue;
      if (matches(child)) found.push(child);
      visit(child);
    }
  };
  visit(root);
  return found;
}

export function isOrHasAncestor(node: Node, ancestor: Element): boolean {
  for (let current: Node | undefined = node; current; current = current.parent) if (current === ancestor) return true;
  return false;
}

/** Removes every element for which `drop` says so, with all that is in it. */
export function prune(root: Element, drop: (element: Element) => boolean): void {
  let kept = 0;
  for (const child of root.children) {
    if (child.type === 'element') {
      if (drop(child)) continue;
      prune(child, drop);
    }
    root.children[kept] = child;
    kept += 1;
  }
  root.children.length = kept;
}

/** All text in document order exactly as written, `<br>` as a newline. */
export function rawText(node: Node): string {
  if (node.type === 'text') return node.value;
  if (node.name === 'br') return '\n';
  const parts: string[] = [];
  const visit = (element: Element): void => {
    for (const child of element.children) {
      if (child.type === 'text') parts.push(child.value);
      else if (child.name === 'br') parts.push('\n');
      else visit(child);
    }
  };
  visit(node);
  return parts.join('');
}

/** Whether there is more in it than `limit`, counting characters and elements; looks no further than needed. */
export function isLargerThan(root: Element, limit: number): boolean {
  let left = limit;
  const visit = (node: Node): boolean => {
    left -= node.type === 'text' ? node.value.length : 1;
    return left < 0 || (node.type === 'element' && node.children.some(visit));
  };
  return root.children.some(visit);
}

/** The text on one line: white space collapsed, none at the ends. */
export function lineOf(node: Node): string {
  return collapse(rawText(node));
}

export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** `class` and `id`, in lower case. */
export function signature(element: Element): string {
  const className = element.attributes.get('class');
  const id = element.attributes.get('id');
  if (className === undefined && id === undefined) return '';
  return `${className ?? ''} ${id ?? ''}`.toLowerCase();
}
