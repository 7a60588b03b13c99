import { isDeepStrictEqual } from 'node:util';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import type { KindVersion } from '../../api/kind.ts';
import type { Convert } from './conversion-webhook.ts';
import { applyDefaults, prune, type JsonObject } from '../../api/apiextensions/pruning.ts';

/**
 * Objects of a definition that has several versions or has been changed. What is stored may be in any version, for the storage version may have changed
 * since, and of an earlier schema.
 * What a webhook has made of an object is remembered as long as the object is, so that what comes after can convert without waiting.
 */
export class VersionConversion {
  readonly #convert: Convert | undefined;
  readonly #known = new WeakMap<object, Map<string, KubeObject>>();

  /** `convert` undefined: versions differ by name only. */
  constructor(convert: Convert | undefined) {
    this.#convert = convert;
  }

  /** The functions of one version. */
  of(apiVersion: string, schema: JSONSchemaProps): Pick<KindVersion, 'fromStorage' | 'prepare'> {
    return {
      fromStorage: (object) => this.#to(object, apiVersion, schema),
      ...(this.#convert && { prepare: (objects: readonly KubeObject[]) => this.#prepare(objects, apiVersion, schema) }),
    };
  }

  #to(object: KubeObject, apiVersion: string, schema: JSONSchemaProps): KubeObject {
    if (object.apiVersion === apiVersion) return this.#refitted(object, apiVersion, schema);
    if (!this.#convert) return fitted({ ...copyOf(object as DeepReadonly<KubeObject>), apiVersion }, schema);
    const known = this.#known.get(object)?.get(apiVersion);
    if (!known) throw new Error(`${object.metadata.name} has not been converted to ${apiVersion}`);
    return known;
  }

  /** What was stored under an earlier schema, as the present one has it: with its defaults, without what it does not know. */
  #refitted(object: KubeObject, apiVersion: string, schema: JSONSchemaProps): KubeObject {
    const known = this.#known.get(object)?.get(apiVersion);
    if (known) return known;
    const copy = fitted(copyOf(object as DeepReadonly<KubeObject>) as KubeObject, schema);
    const made = isDeepStrictEqual(copy, object) ? object : copy;
    this.#remember(object, apiVersion, made);
    return made;
  }

  async #prepare(objects: readonly KubeObject[], apiVersion: string, schema: JSONSchemaProps): Promise<void> {
    const missing = objects.filter((object) => object.apiVersion !== apiVersion && !this.#known.get(object)?.has(apiVersion));
    // All objects of one review are of one version.
    for (const [version, group] of Map.groupBy(missing, (object) => object.apiVersion ?? '')) {
      const converted = await this.#convert?.(group, apiVersion) ?? [];
      group.forEach((object, i) => {
        const made = fitted(converted[i] as KubeObject, schema);
        this.#remember(object, apiVersion, made);
        this.#remember(made, version, object);
      });
    }
  }

  #remember(object: KubeObject, apiVersion: string, converted: KubeObject): void {
    const known = this.#known.get(object) ?? new Map<string, KubeObject>();
    known.set(apiVersion, converted);
    this.#known.set(object, known);
  }
}

function fitted(object: KubeObject, schema: JSONSchemaProps): KubeObject {
  prune(object as KubeObject & JsonObject, schema, []);
  applyDefaults(object as KubeObject & JsonObject, schema);
  return object;
}
