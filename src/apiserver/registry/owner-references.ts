import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, OwnerReference } from '../../apimachinery/meta.ts';
import type { WriteContext } from './write-context.ts';

const ADVICE = 'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests';

/**
 * Takes out owners that are named twice, and warns of them: before admission of what came whole, and after it of all. The garbage collector would
 * otherwise look for each of them. Source: apiserver pkg/endpoints/handlers/rest.go, dedupOwnerReferencesAndAddWarning.
 */
export function nameOwnersOnce({ request }: WriteContext, object: KubeObject, when: 'before admission' | 'after admission'): void {
  const { metadata } = object;
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2 || (when === 'before admission' && request.info.verb === 'patch')) return;
  const kept: OwnerReference[] = [];
  const again: string[] = [];
  for (const owner of owners) {
    if (kept.some((one) => one.uid === owner.uid && isDeepStrictEqual(one, owner))) again.push(owner.uid);
    else kept.push(owner);
  }
  if (again.length === 0) return;
  metadata.ownerReferences = kept;
  const where = when === 'after admission' ? ' after mutating admission happens' : '';
  const warning = `.metadata.ownerReferences contains duplicate entries${where}; ${ADVICE}; duplicate UID(s) observed: ${again.join(', ')}`;
  // A write that is tried again warns once.
  if (!request.warnings.includes(warning)) request.warnings.push(warning);
}
