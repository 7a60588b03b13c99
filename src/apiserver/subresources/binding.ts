import { copyOf } from '../../apimachinery/deep-copy.ts';
import { aggregateText, badRequest, conflict, failure } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateBinding } from '../../api/core/binding.ts';
import type { Binding, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { statusAnswer, type Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { checkNamespace, optionsObject, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { writeOptions } from '../registry/options.ts';
import { BUILT_IN_MEDIA, type ServedResource } from '../registry/served-resource.ts';
import { preconditionFailed, storageConflict, updateObject } from '../registry/update.ts';
import { attributesOf, type Registry, type WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

const TARGET = { apiVersion: 'v1', kind: 'Binding', message: 'core.v1.Binding', media: BUILT_IN_MEDIA };

/** `pods/binding` and `bindings`: the scheduler says where a pod runs. Source: pkg/registry/core/pod/storage, BindingREST. */
export class BindingHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const options = writeOptions(request, 'CreateOptions');
    const binding = (await readObject(request, TARGET, options.fieldValidation)) as Binding;
    checkNamespace(binding as KubeObject, resource, request.info.namespace);
    const name = request.info.subresource === '' ? binding.metadata.name : request.info.name;
    const pods = this.#registry.resources.stored('', 'pods');
    const context = writeContext(this.#registry, request, pods, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options), subresource: 'binding' });
    const attributes = attributesOf(context, { operation: 'CREATE', name, object: binding as KubeObject, oldObject: undefined, kind: 'Binding' });
    await this.#registry.admission.admit(attributes);
    if ((binding.metadata.name ?? '') !== name) throw badRequest('name in URL does not match name in Binding object');
    requireTarget(binding);
    await this.#registry.admission.validate(attributes);
    // The write itself is the server's own: admission has judged the Binding.
    const silent = { ...context, subresource: 'binding', isAdmitted: true };
    await updateObject(silent, {
      name, checksUid: false, strategy: {},
      transform: (old) => {
        requireMeant(context, name, old, binding);
        return bound(old as DeepReadonly<Pod>, binding, this.#registry.clock.now());
      },
    });
    return statusAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, outputForm(request, resource));
  }
}

/** Throws the plain 500 that Kubernetes has here for mistakes. */
function requireTarget(binding: Binding): void {
  const errors = new FieldErrors();
  validateBinding(binding, errors);
  if (errors.causes.length > 0) throw failure(500, '', aggregateText(errors.causes.map(({ field, message }) => `${field}: ${message}`)));
}

/** Throws a Conflict for a pod that is another than the one that is bound, or has changed. */
function requireMeant(context: WriteContext, name: string, { metadata }: DeepReadonly<KubeObject>, binding: Binding): void {
  const { uid, resourceVersion } = binding.metadata;
  if (uid && uid !== metadata.uid) throw storageConflict(context, name, preconditionFailed('UID', uid, metadata.uid));
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) throw storageConflict(context, name, preconditionFailed('ResourceVersion', resourceVersion, metadata.resourceVersion));
}

function bound(old: DeepReadonly<Pod>, binding: Binding, nowMs: number): Pod {
  const refuse = (why: string): Error => conflict({ group: '', resource: 'pods/binding' }, old.metadata.name, why);
  if (old.metadata.deletionTimestamp !== undefined) throw refuse(`pod ${old.metadata.name} is being deleted, cannot be assigned to a host`);
  if (old.spec.nodeName) throw refuse(`pod ${old.metadata.name} is already assigned to node ${JSON.stringify(old.spec.nodeName)}`);
  if (old.spec.schedulingGates && old.spec.schedulingGates.length > 0) throw refuse(`pod ${old.metadata.name} has non-empty .spec.schedulingGates`);
  const pod = copyOf<Pod>(old as Pod);
  pod.spec.nodeName = binding.target.name ?? '';
  delete pod.status.nominatedNodeName; // KEP-5278: a promise that is kept, or void
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  if (Object.keys(annotations).length > 0) pod.metadata.annotations = annotations;
  const labels = { ...pod.metadata.labels, ...binding.metadata.labels };
  if (Object.keys(labels).length > 0) pod.metadata.labels = labels;
  const others = (pod.status.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  pod.status.conditions = [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null as unknown as string, lastTransitionTime: formatTime(nowMs) }];
  return pod;
}
