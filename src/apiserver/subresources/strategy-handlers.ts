import type { Answer } from '../answer.ts';
import { methodNotAllowed, outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { get } from '../handlers/get.ts';
import { patch } from '../handlers/patch.ts';
import { update } from '../handlers/update.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { UpdateStrategy } from '../registry/update.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

/** A subresource that is the whole object, written by rules of its own. */
export class ObjectSubresource implements SpecialHandler {
  readonly verbs: readonly string[];
  readonly #registry: Registry;
  readonly #strategy: UpdateStrategy;

  constructor(registry: Registry, strategy: UpdateStrategy, verbs: readonly string[]) {
    this.#registry = registry;
    this.#strategy = strategy;
    this.verbs = verbs;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { subresource, verb } = request.info;
    const form = outputForm(request, resource);
    const options = { form, subresource, strategy: this.#strategy };
    switch (verb) {
      case 'get': return get(request, resource, this.#registry.cacher, form);
      case 'update': return update(request, resource, this.#registry, options);
      case 'patch': return patch(request, resource, this.#registry, options);
      default: throw methodNotAllowed();
    }
  }
}
