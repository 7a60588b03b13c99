import { isObject, type JsonObject } from '../../../apimachinery/patch/json.ts';
import { textAt } from '../../kube-json.ts';

/** Schemas that refer to each other by `$ref`, and the one that stands for a kind. */
export class SchemaDocument {
  readonly #schemas: Readonly<Record<string, JsonObject>>;
  readonly root: JsonObject;

  constructor(schemas: Readonly<Record<string, JsonObject>>, root: JsonObject) {
    this.#schemas = schemas;
    this.root = root;
  }

  /** The name at the end of a reference, directly or as the only part of `allOf`: `io.k8s.api.core.v1.PodSpec`. */
  referenceOf(schema: JsonObject): string | undefined {
    const direct = textAt(schema, '$ref');
    if (direct) return direct.slice(direct.lastIndexOf('/') + 1);
    const inner = Array.isArray(schema['allOf']) ? (schema['allOf'] as unknown[]).find(isObject) : undefined;
    return inner && this.referenceOf(inner);
  }

  /** The schema itself, or what it refers to. */
  resolve(schema: JsonObject): JsonObject {
    const name = this.referenceOf(schema);
    return name === undefined ? schema : (this.#schemas[name] ?? {});
  }

  /** The schema whose fields an explanation lists: that of the items of lists and of the values of maps. */
  element(schema: JsonObject): JsonObject {
    const resolved = this.resolve(schema);
    const inner = isObject(resolved['items']) ? resolved['items'] : isObject(resolved['additionalProperties']) ? resolved['additionalProperties'] : undefined;
    return inner ? this.element(inner) : resolved;
  }

  properties(schema: JsonObject): [string, JsonObject][] {
    const { properties } = this.element(schema);
    return isObject(properties) ? (Object.entries(properties) as [string, JsonObject][]).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  }

  isRequired(owner: JsonObject, field: string): boolean {
    const { required } = this.element(owner);
    return Array.isArray(required) && required.includes(field);
  }

  /** `string`, `[]Container`, `map[string]Quantity`. */
  typeName(schema: JsonObject): string {
    const reference = this.referenceOf(schema);
    if (reference !== undefined) {
      const target = this.#schemas[reference] ?? {};
      const name = reference.slice(reference.lastIndexOf('.') + 1);
      return name === 'Time' || name === 'MicroTime' ? textAt(target, 'type') || name : name;
    }
    if (isObject(schema['items'])) return `[]${this.typeName(schema['items'])}`;
    if (isObject(schema['additionalProperties'])) return `map[string]${this.typeName(schema['additionalProperties'])}`;
    return this.#plainType(schema);
  }

  #plainType(schema: JsonObject): string {
    const type = textAt(schema, 'type');
    if (type !== '' ) return type === 'object' ? 'Object' : type;
    return 'Object';
  }

  /** A field's own words, then those of its type. */
  descriptions(schema: JsonObject): string[] {
    const own = textAt(schema, 'description');
    const texts = [own];
    const items = isObject(schema['items']) ? schema['items'] : isObject(schema['additionalProperties']) ? schema['additionalProperties'] : undefined;
    if (this.referenceOf(schema) !== undefined) texts.push(textAt(this.resolve(schema), 'description'));
    if (items && this.referenceOf(items) !== undefined) texts.push(textAt(this.resolve(items), 'description'));
    return texts.filter((text) => text !== '');
  }
}

/** Breaks lines at `width` columns; a word longer than that stands alone. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let current = '';
    for (const word of line.trim().split(/[ \t]/)) {
      if (current !== '' && current.length + 1 + word.length > width) {
        lines.push(current.trimEnd());
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    return [...lines, current.trimEnd()];
  });
}
