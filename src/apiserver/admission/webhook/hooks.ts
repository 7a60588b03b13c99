import type { DeepReadonly, KubeObject, ResourceRef } from '../../../apimachinery/meta.ts';
import type { MutatingWebhook, ValidatingWebhook } from '../../../api/generated/admissionregistration-v1.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { MatchConditions } from './match-conditions.ts';

export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

/** One webhook of a configuration. */
export interface Hook {
  /** Tells it from all others: names are unique within a configuration only. */
  readonly id: string;
  readonly configuration: string;
  readonly webhook: DeepReadonly<Webhook>;
  readonly conditions: MatchConditions | undefined;
}

type Configuration = KubeObject & { readonly webhooks?: Webhook[] };

/** All webhooks of one kind, in the order in which they are called: by the name of their configuration. Read again only when a configuration has changed. */
export class Hooks {
  readonly #objects: () => CachedObjects;
  readonly #ref: ResourceRef<Configuration>;
  #version = -1;
  #hooks: readonly Hook[] = [];

  constructor(objects: () => CachedObjects, ref: ResourceRef<Configuration>) {
    this.#objects = objects;
    this.#ref = ref;
  }

  get all(): readonly Hook[] {
    const objects = this.#objects();
    const version = objects.versionOf(this.#ref);
    if (version !== this.#version) {
      this.#version = version;
      const configurations = objects.list(this.#ref).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      this.#hooks = configurations.flatMap((one) => hooksOf(one));
    }
    return this.#hooks;
  }
}

function hooksOf({ metadata, webhooks }: DeepReadonly<Configuration>): Hook[] {
  return (webhooks ?? []).map((webhook, i) => ({
    id: `${metadata.name}/${webhook.name}/${i}`, configuration: metadata.name, webhook,
    conditions: webhook.matchConditions?.length ? new MatchConditions(webhook.matchConditions) : undefined,
  }));
}
