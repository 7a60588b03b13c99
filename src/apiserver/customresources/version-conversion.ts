import { isDeepStrictEqual } from 'node:util';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import type { KindVersion } from '../../api/kind.ts';
import type { Convert } from './conversion-webhook.ts';
import { applyDefaults } from '../../api/apiextensions/defaulting.ts';
import { dropNulls, prune } from '../../api/apiextensions/pruning.ts';

/**
 * Objects of a definition that has several versions or has been changed. What is stored may be in any version, for the storage version may have changed
 * since, and of an earlier schema. An object takes the defaults of the version that it is in; what it is converted to drops what it does not know, but
 * takes no defaults of its own.
 * What a webhook has made of an object is remembered as long as the object is, so that what comes after can convert without waiting.
 */
export class VersionConversion {
  readonly #convert: Convert | undefined;
  readonly #schemas: ReadonlyMap<string, JSONSchemaProps>;
  readonly #known = new WeakMap<object, Map<string, KubeObject>>();

  /** `convert` undefined: versions differ by name only. `schemas`: by apiVersion. */
  constructor(convert: Convert | undefined, schemas: ReadonlyMap<string, JSONSchemaProps>) {
    this.#convert = convert;
    this.#schemas = schemas;
  }

  /** The functions of one version. */
  of(apiVersion: string): Pick<KindVersion, 'fromStorage' | 'prepare'> {
    return {
      fromStorage: (object) => this.#to(object, apiVersion),
      ...(this.#convert && { prepare: (objects: readonly KubeObject[]) => this.#prepare(objects, apiVersion) }),
    };
  }

  #to(object: KubeObject, apiVersion: string): KubeObject {
    if (object.apiVersion === apiVersion) return this.#refitted(object);
    if (!this.#convert) return this.#pruned({ ...copyOf(this.#refitted(object) as DeepReadonly<KubeObject>), apiVersion });
    const known = this.#known.get(object)?.get(apiVersion);
    if (!known) throw new Error(`${object.metadata.name} has not been converted to ${apiVersion}`);
    return known;
  }

  /** What was stored under an earlier schema, as the present one of its version has it: with its defaults, without what it does not know. */
  #refitted(object: KubeObject): KubeObject {
    const { apiVersion = '' } = object;
    const known = this.#known.get(object)?.get(apiVersion);
    if (known) return known;
    const copy = this.#pruned(copyOf(object as DeepReadonly<KubeObject>) as KubeObject);
    const schema = this.#schemas.get(apiVersion);
    if (schema) applyDefaults(copy, schema);
    const made = isDeepStrictEqual(copy, object) ? object : copy;
    this.#remember(object, apiVersion, made);
    return made;
  }

  async #prepare(objects: readonly KubeObject[], apiVersion: string): Promise<void> {
    const missing = objects.filter((object) => object.apiVersion !== apiVersion && !this.#known.get(object)?.has(apiVersion));
    // All objects of one review are of one version.
    for (const [version, group] of Map.groupBy(missing, (object) => object.apiVersion ?? '')) {
      const converted = await this.#convert?.(group.map((object) => this.#refitted(object)), apiVersion) ?? [];
      group.forEach((object, i) => {
        const made = this.#pruned(converted[i] as KubeObject);
        this.#remember(object, apiVersion, made);
        this.#remember(made, version, object);
      });
    }
  }

  #pruned(object: KubeObject): KubeObject {
    const schema = this.#schemas.get(object.apiVersion ?? '');
    if (schema) {
      prune(object, schema, [], '', true);
      dropNulls(object, schema);
    }
    return object;
  }

  #remember(object: KubeObject, apiVersion: string, converted: KubeObject): void {
    const known = this.#known.get(object) ?? new Map<string, KubeObject>();
    known.set(apiVersion, converted);
    this.#known.set(object, known);
  }
}
