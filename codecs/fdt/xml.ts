import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { FdtError } from './error.js';

/** An element with its namespace resolved; text is left out, an FDT has none that matters. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** Values by name; names in a namespace are written `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/** Elements inside elements; an FDT needs three. */
const MAX_DEPTH = 16;
const ATTRIBUTE_PREFIX = '@';
const ATTRIBUTES = ':@';

/**
 * Parses an XML document without DTD and returns its root element. Entities of the document's own do not exist; no
 * reference is ever fetched.
 *
 * @throws FdtError when the document is not well-formed, has a DTD, or is nested too deeply
 */
export function parseXml(text: string): XmlElement {
  // Everything that starts with <! and is neither comment nor CDATA belongs to a DTD.
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw new FdtError('The FDT has a DTD, which is not allowed.');
  let nodes: unknown;
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) {
      throw new FdtError(`line ${verdict.err.line}, column ${verdict.err.col}: ${verdict.err.msg}`);
    }
    nodes = createParser().parse(text);
  } catch (error) {
    throw new FdtError(`The FDT is not well-formed XML: ${(error as Error).message}`);
  }
  const roots = resolve(nodes, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]));
  if (roots.length !== 1) throw new FdtError(`The FDT has ${roots.length} root elements instead of one.`);
  return roots[0]!;
}

function createParser(): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: ATTRIBUTE_PREFIX,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // References are decoded below, the five of XML and characters by number.
    processEntities: false,
    maxNestedTags: MAX_DEPTH,
  });
}

/** Namespaces in XML 1.0, section 6. */
function resolve(nodes: unknown, inherited: ReadonlyMap<string, string>): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodes as Record<string, unknown>[]) {
    const tag = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (tag === undefined || tag.startsWith('#')) continue;
    const written = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>).map(
      ([key, value]) => [key.slice(ATTRIBUTE_PREFIX.length), decodeReferences(String(value))] as const,
    );
    const scope = declare(written, inherited);

    const attributes = new Map<string, string>();
    for (const [qualifiedName, value] of written) {
      if (qualifiedName === 'xmlns' || qualifiedName.startsWith('xmlns:')) continue;
      const [prefix, name] = splitName(qualifiedName);
      const key = prefix === '' ? name : `{${lookUp(scope, prefix)}}${name}`;
      if (attributes.has(key)) throw new FdtError(`The FDT has the attribute ${key.slice(0, 80)} twice.`);
      attributes.set(key, value);
    }
    const [prefix, name] = splitName(tag);
    const namespace = prefix === '' ? (scope.get('') ?? '') : lookUp(scope, prefix);
    elements.push({ namespace, name, attributes, children: resolve(node[tag], scope) });
  }
  return elements;
}

function declare(
  attributes: readonly (readonly [string, string])[],
  inherited: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const declarations = attributes.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declarations.length === 0) return inherited;
  const scope = new Map(inherited);
  for (const [name, uri] of declarations) scope.set(name.slice('xmlns:'.length), uri);
  return scope;
}

function splitName(qualifiedName: string): [prefix: string, name: string] {
  const colon = qualifiedName.indexOf(':');
  return colon < 0 ? ['', qualifiedName] : [qualifiedName.slice(0, colon), qualifiedName.slice(colon + 1)];
}

function lookUp(scope: ReadonlyMap<string, string>, prefix: string): string {
  const namespace = scope.get(prefix);
  if (namespace === undefined) {
    throw new FdtError(`The FDT uses the namespace prefix "${prefix.slice(0, 40)}" without declaring it.`);
  }
  return namespace;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An attribute value as XML 1.0 section 3.3.3 normalises it. */
function decodeReferences(value: string): string {
  return value.replace(/[\t\r\n]|&([^;&]{0,12};?)/g, (match, reference: string | undefined) => {
    if (reference === undefined) return ' ';
    const number = /^#(?:([0-9]{1,8})|x([0-9a-fA-F]{1,6}));$/.exec(reference);
    if (number !== null) {
      const code = number[1] === undefined ? Number.parseInt(number[2]!, 16) : Number(number[1]);
      if (isXmlCharacter(code)) return String.fromCodePoint(code);
    } else if (reference.endsWith(';') && Object.hasOwn(NAMED, reference.slice(0, -1))) {
      return NAMED[reference.slice(0, -1)]!;
    }
    throw new FdtError(`The FDT has the reference "${match}"; only those built into XML are allowed.`);
  });
}

/** XML 1.0 section 2.2. */
export function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
