import { isObject, jsonEqual, type JsonObject } from '../../apimachinery/patch/json.ts';

interface Told {
  readonly key: string;
  /** Of version 3: where the document is, with its hash. */
  readonly url: string | undefined;
  readonly v2: JsonObject | undefined;
}

/** What other servers say of their APIs in OpenAPI: version 2 is merged into ours, of version 3 the index is. */
export class RemoteOpenApi {
  readonly #told = new Map<string, Told>();
  #revision = 0;

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** `key`: `apis/<group>/<version>`. `index` and `v2`: what the server answered at `/openapi/v3` and `/openapi/v2`; undefined: nothing of use. */
  tell(name: string, key: string, index: unknown, v2: unknown): void {
    const paths = isObject(index) && isObject(index['paths']) ? index['paths'] : {};
    const entry = paths[key];
    const url = isObject(entry) && typeof entry['serverRelativeURL'] === 'string' ? entry['serverRelativeURL'] : undefined;
    const told: Told = { key, url, v2: isObject(v2) ? ofKey(v2, key) : undefined };
    if (jsonEqual(told, this.#told.get(name))) return;
    this.#told.set(name, told);
    this.#revision++;
  }

  forget(name: string): void {
    if (this.#told.delete(name)) this.#revision++;
  }

  /** Entries for the index of version 3. */
  index(): Record<string, { readonly serverRelativeURL: string }> {
    return Object.fromEntries([...this.#told.values()].flatMap(({ key, url }) => (url === undefined ? [] : [[key, { serverRelativeURL: url }]])));
  }

  /** Our document of version 2 with theirs. What both define stays as we say. */
  merged(document: JsonObject): JsonObject {
    if (this.#told.size === 0) return document;
    const paths = { ...(document['paths'] as JsonObject) };
    const definitions = { ...(document['definitions'] as JsonObject) };
    for (const { v2 } of this.#told.values()) {
      for (const [path, item] of Object.entries((v2?.['paths'] as JsonObject | undefined) ?? {})) paths[path] ??= item;
      for (const [name, definition] of Object.entries((v2?.['definitions'] as JsonObject | undefined) ?? {})) definitions[name] ??= definition;
    }
    return { ...document, paths, definitions };
  }
}

/** The paths of one group version, and the definitions that they lead to. */
function ofKey(document: JsonObject, key: string): JsonObject {
  const all = isObject(document['paths']) ? document['paths'] : {};
  const paths = Object.fromEntries(Object.entries(all).filter(([path]) => path.startsWith(`/${key}/`)));
  const known = isObject(document['definitions']) ? document['definitions'] : {};
  const definitions: JsonObject = {};
  const follow = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(follow);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name !== '$ref' || typeof inner !== 'string') follow(inner);
        else take(inner.replace('#/definitions/', ''));
      }
    }
  };
  const take = (name: string): void => {
    if (!Object.hasOwn(known, name) || Object.hasOwn(definitions, name)) return;
    definitions[name] = known[name];
    follow(known[name]);
  };
  follow(paths);
  return { paths, definitions };
}
