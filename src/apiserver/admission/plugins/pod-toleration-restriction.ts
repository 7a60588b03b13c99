import type { Pod, Toleration } from '../../../api/generated/core-v1.ts';
import { podQosClass } from '../../../api/core/pod-qos.ts';
import * as refs from '../../../api/refs.ts';
import { failure } from '../../../apimachinery/status.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { configurationOf, type PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';
import { includesToleration, mergedTolerations } from '../tolerations.ts';

const DEFAULTS_ANNOTATION = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const ALLOWED_ANNOTATION = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const MEMORY_PRESSURE: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

/** Gives pods the tolerations of their namespace, and no others than it allows. Source: kubernetes plugin/pkg/admission/podtolerationrestriction. */
export class PodTolerationRestriction implements AdmissionPlugin {
  readonly name = 'PodTolerationRestriction';
  readonly #objects: () => CachedObjects;
  readonly #defaults: readonly Toleration[];
  readonly #allowed: readonly Toleration[];

  constructor(objects: () => CachedObjects, configuration: PluginConfiguration | undefined) {
    const fields = configuration ? configurationOf(configuration, { kind: 'Configuration', apiVersions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'], fields: ['default', 'whitelist'] }) : {};
    this.#objects = objects;
    this.#defaults = listOf(fields['default'], 'default');
    this.#allowed = listOf(fields['whitelist'], 'whitelist');
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'pods');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Pod;
    const extra = attributes.operation === 'CREATE' ? [...(this.#ofNamespace(attributes, DEFAULTS_ANNOTATION) ?? this.#defaults)] : [];
    if (podQosClass(spec) !== 'BestEffort') extra.push(MEMORY_PRESSURE);
    if (extra.length > 0) spec.tolerations = mergedTolerations([...(spec.tolerations ?? []), ...extra]);
    this.validate(attributes);
  }

  validate(attributes: AdmissionAttributes): void {
    const tolerations = (attributes.object as Pod).spec.tolerations ?? [];
    const allowed = this.#ofNamespace(attributes, ALLOWED_ANNOTATION) ?? this.#allowed;
    if (allowed.length === 0 || tolerations.every((one) => allowed.some((other) => includesToleration(other, one)))) return;
    throw failure(500, '', 'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist');
  }

  /** Undefined where the namespace says nothing. */
  #ofNamespace({ namespace }: AdmissionAttributes, annotation: string): readonly Toleration[] | undefined {
    const text = this.#objects().get(refs.namespaces, namespace)?.metadata.annotations?.[annotation];
    if (!text) return undefined;
    try {
      return listOf(JSON.parse(text), annotation);
    } catch (error) {
      throw failure(500, '', error instanceof Error ? error.message : String(error), {}, { cause: error });
    }
  }
}

function listOf(value: unknown, name: string): readonly Toleration[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new RangeError(`${name} must be a list of tolerations`);
  return value as Toleration[];
}
