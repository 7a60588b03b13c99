import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { podQosClass } from '../../../api/core/pod-qos.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { compareQuantities, milliValue, parseQuantity, wholeValue, zeroQuantity } from '../../../apimachinery/quantity.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { sumOfPod } from '../limit-bounds.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

const CPU_RESIZE = 'GuaranteedQoSPodCPUResize';
const INIT_RESIZE = 'InPlacePodVerticalScalingInitContainers';

/** The node of a pod on it whose spec an update changes; undefined: nothing to check. Throws a refusal when the node is gone. */
function nodeConcerned(objects: CachedObjects, attributes: AdmissionAttributes): DeepReadonly<Node> | undefined {
  const [pod, old] = [attributes.object as DeepReadonly<Pod>, attributes.oldObject as DeepReadonly<Pod>];
  const { nodeName } = pod.spec;
  if (!nodeName || isDeepStrictEqual(pod.spec, old.spec)) return undefined;
  const node = objects.get(refs.nodes, nodeName);
  if (!node) throw refusal(attributes, `node ${JSON.stringify(nodeName)} not found`);
  return node;
}

function isUpdateOfPod(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes, subresources: readonly string[]): boolean {
  return operation === 'UPDATE' && resource === 'pods' && group === '' && subresources.includes(subresource);
}

/** Refuses to let a pod outgrow its node. Source: kubernetes plugin/pkg/admission/podresize. */
export class PodResizeValidator implements AdmissionPlugin {
  readonly name = 'PodResizeValidator';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return isUpdateOfPod(operation, attributes, ['resize']);
  }

  validate(attributes: AdmissionAttributes): void {
    const node = nodeConcerned(this.#objects(), attributes);
    if (!node) return;
    const { name, labels } = node.metadata;
    const system = labels?.['kubernetes.io/os'] ?? 'linux';
    if (system !== 'linux') throw refusal(attributes, `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(system)}`, [{ reason: 'UnsupportedPlatform' }]);
    const shortages = shortagesOf(attributes.object as DeepReadonly<Pod>, node);
    if (shortages.length > 0) throw refusal(attributes, `node didn't have enough allocatable resources: ${shortages.join('; ')}`, [{ reason: 'NodeCapacity' }]);
  }
}

function shortagesOf(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>): string[] {
  const requests = sumOfPod(pod, 'requests');
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const requested = requests.get(name) ?? zeroQuantity;
    const allocatable = parseQuantity(node.status.allocatable?.[name] ?? '0');
    const told = name === 'cpu' ? milliValue : wholeValue;
    return compareQuantities(requested, allocatable) > 0 ? [`${name}, requested: ${told(requested)}, allocatable: ${told(allocatable)}`] : [];
  });
}

/** Refuses updates that the pod's node has not declared it can carry out. Source: KEP-5328; kubernetes plugin/pkg/admission/nodedeclaredfeatures. */
export class NodeDeclaredFeatureValidator implements AdmissionPlugin {
  readonly name = 'NodeDeclaredFeatureValidator';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return isUpdateOfPod(operation, attributes, ['', 'resize']);
  }

  validate(attributes: AdmissionAttributes): void {
    const [pod, old] = [attributes.object as DeepReadonly<Pod>, attributes.oldObject as DeepReadonly<Pod>];
    const needed = featuresNeeded(pod, old);
    if (needed.length === 0) return;
    const node = nodeConcerned(this.#objects(), attributes);
    const missing = needed.filter((name) => !node?.status.declaredFeatures?.includes(name));
    if (!node || missing.length === 0) return;
    throw refusal(attributes, `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(node.metadata.name)}`);
  }
}

function featuresNeeded(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): string[] {
  return [
    ...(podQosClass(pod.spec) === 'Guaranteed' && !isDeepStrictEqual(cpusOf(pod), cpusOf(old)) ? [CPU_RESIZE] : []),
    ...(isDeepStrictEqual(resourcesOfInit(pod), resourcesOfInit(old)) ? [] : [INIT_RESIZE]),
  ];
}

/** Of init containers that end before the others start. */
function resourcesOfInit({ spec }: DeepReadonly<Pod>): unknown[] {
  return (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always').map(({ resources }) => resources);
}

function cpusOf({ spec }: DeepReadonly<Pod>): unknown[] {
  return [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources?.requests?.['cpu']);
}
