import type { Namespace } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { notFound } from '../../../apimachinery/status.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
/** Reviews are answered, not stored: their namespace need not be. */
const REVIEWS = new Set(['localsubjectaccessreviews', 'subjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews']);

/** Nothing is made in a namespace that is not there or is going, and some namespaces never go. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation']): boolean {
    return operation === 'CREATE' || operation === 'DELETE';
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    const { operation, namespace } = attributes;
    if (operation === 'DELETE') {
      if (isFor(attributes, '', 'namespaces') && IMMORTAL.has(attributes.name)) throw refusal(attributes, 'this namespace may not be deleted');
      return;
    }
    if (namespace === '' || REVIEWS.has(attributes.resource)) return;
    const found = this.#objects().find(refs.namespaces, namespace);
    if (found instanceof Promise) return found.then((later) => requireOpen(attributes, later));
    requireOpen(attributes, found);
  }
}

function requireOpen(attributes: AdmissionAttributes, found: DeepReadonly<Namespace> | undefined): void {
  const { namespace } = attributes;
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  if (found.status?.phase !== 'Terminating') return;
  throw refusal(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
  ]);
}
