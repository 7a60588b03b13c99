import type { Pod } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { failure } from '../../../apimachinery/status.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

type Labels = Readonly<Record<string, string>>;

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';
const CLUSTER_DEFAULT = 'clusterDefaultNodeSelector';
const ROOT = 'podNodeSelectorPluginConfig';

/** Keeps the pods of a namespace on the nodes that its annotation, or the configuration, says. Source: kubernetes plugin/pkg/admission/podnodeselector. */
export class PodNodeSelector implements AdmissionPlugin {
  readonly name = 'PodNodeSelector';
  readonly #objects: () => CachedObjects;
  readonly #selectors: ReadonlyMap<string, Labels>;

  constructor(objects: () => CachedObjects, configuration: PluginConfiguration | undefined) {
    this.#objects = objects;
    this.#selectors = selectorsOf(configuration);
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, '', 'pods');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Pod;
    const wanted = this.#check(attributes, spec.nodeSelector ?? {});
    const merged = { ...wanted, ...spec.nodeSelector };
    if (Object.keys(merged).length > 0) spec.nodeSelector = merged;
    this.#checkAllowed(attributes, merged);
  }

  validate(attributes: AdmissionAttributes): void {
    const selector = (attributes.object as Pod).spec.nodeSelector ?? {};
    this.#check(attributes, selector);
    this.#checkAllowed(attributes, selector);
  }

  #check(attributes: AdmissionAttributes, selector: Labels): Labels {
    const annotation = this.#objects().get(refs.namespaces, attributes.namespace)?.metadata.annotations?.[ANNOTATION];
    const wanted = annotation === undefined ? (this.#selectors.get(CLUSTER_DEFAULT) ?? {}) : labelsIn(annotation);
    const isConflict = Object.entries(wanted).some(([key, value]) => selector[key] !== undefined && selector[key] !== value);
    if (isConflict) throw refusal(attributes, 'pod node label selector conflicts with its namespace node label selector');
    return wanted;
  }

  #checkAllowed(attributes: AdmissionAttributes, selector: Labels): void {
    const allowed = this.#selectors.get(attributes.namespace) ?? {};
    if (Object.keys(allowed).length === 0) return;
    if (Object.entries(selector).some(([key, value]) => allowed[key] !== value)) throw refusal(attributes, 'pod node label selector labels conflict with its namespace whitelist');
  }
}

/** `a=b,c=d`. Throws StatusError 500 for anything else: the annotation is at fault, not the pod. */
function labelsIn(text: string): Labels {
  const labels: Record<string, string> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [key = '', value, ...rest] = part.split('=');
    if (value === undefined || rest.length > 0) throw failure(500, '', `invalid selector: [${part}]`);
    labels[key.trim()] = value.trim();
  }
  return labels;
}

function selectorsOf(configuration: PluginConfiguration | undefined): ReadonlyMap<string, Labels> {
  if (!configuration) return new Map();
  const root = isObject(configuration.value) ? configuration.value[ROOT] : undefined;
  if (!isObject(root)) throw new RangeError(`${ROOT} must hold a selector a namespace`);
  return new Map(Object.entries(root).map(([name, selector]) => {
    if (typeof selector !== 'string' || !/^(\s*[^=,]+=[^=,]*(,|$))*$/.test(selector)) throw new RangeError(`the selector of ${JSON.stringify(name)} must look like key=value,other=value`);
    return [name, labelsIn(selector)];
  }));
}
