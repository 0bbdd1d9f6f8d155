import type { Node } from '@vscode/tree-sitter-wasm';

const definition =
  /class|interface|enum|struct|union|trait|record|namespace|module|mod_item|function|method|constructor|type_alias|type_item|type_spec|macro_definition|variable_declarator|field_definition/;
const notDefinition = /call|invocation|argument|parameter|import|expression|signature_list|access|reference/;
/** What stands around a definition without being one. */
const wrapper =
  /^(?:export_statement|decorated_definition|template_declaration|ambient_declaration|lexical_declaration|variable_declaration|type_declaration|expression_statement|internal_module_declaration)$/;
const deepestWrapping = 4;
const longestName = 80;

/** The name under which a person would look for a definition; undefined for what defines nothing. */
export function definedName(node: Node): string | undefined {
  const name = nameOf(node)?.replace(/\s+/g, ' ').trim();
  return name === undefined || name === '' ? undefined : name.slice(0, longestName).toWellFormed();
}

/** The same, looking through what only wraps a definition (`export`, decorators, `const x =`). */
export function wrappedName(node: Node): string | undefined {
  let inner: Node | null = node;
  for (let depth = 0; inner !== null && depth < deepestWrapping && wrapper.test(inner.type); depth++) {
    inner =
      inner.childForFieldName('declaration') ?? inner.childForFieldName('definition') ?? inner.lastNamedChild ?? null;
  }
  return inner === null ? undefined : definedName(inner);
}

function nameOf(node: Node): string | undefined {
  const { type } = node;
  switch (type) {
    case 'impl_item':
      return node.childForFieldName('type')?.text;
    case 'rule_set':
    case 'section':
      return node.firstNamedChild?.text;
    case 'function_statement':
      return node.namedChildren.find((child) => child?.type === 'function_name')?.text;
    case 'method_declaration': {
      const name = node.childForFieldName('name')?.text;
      const receiver = /([\p{L}_][\p{L}\p{N}_]*)(?:\[.*\])?\s*\)$/u.exec(
        node.childForFieldName('receiver')?.text ?? '',
      );
      return receiver === null ? name : `${receiver[1]}.${name}`;
    }
  }
  if (!definition.test(type) || notDefinition.test(type)) return undefined;
  const name = node.childForFieldName('name');
  if (name !== null) return name.text;
  let declarator = node.childForFieldName('declarator');
  for (let depth = 0; declarator !== null && depth < deepestWrapping; depth++) {
    const inner = declarator.childForFieldName('declarator');
    if (inner === null) return declarator.text;
    declarator = inner;
  }
  return undefined;
}
