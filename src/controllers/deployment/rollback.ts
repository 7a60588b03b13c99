import type { Deployment, ReplicaSet } from '../../api/generated/apps-v1.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isCopied, isSameTemplate, POD_TEMPLATE_HASH, revisionOf, ROLLBACK_TO } from './revisions.ts';

type Set_ = DeepReadonly<ReplicaSet>;
type Deploy = DeepReadonly<Deployment>;

export interface Rollback {
  /** What the Deployment is to be: without the wish, and with the template and the annotations of the set that it goes back to. */
  readonly deployment: Deploy;
  readonly event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };
}

/** What an annotation asks for that stands for a field of old versions; undefined: nothing, or a Deployment that is paused. Source: pkg/controller/deployment/rollback.go. */
export function planRollback(deployment: Deploy, sets: readonly Set_[]): Rollback | undefined {
  const { [ROLLBACK_TO]: wish = '', ...annotations } = deployment.metadata.annotations ?? {};
  if (!/^[+-]?\d{1,19}$/.test(wish) || deployment.spec.paused) return undefined;
  const cleared: Deploy = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  const refused = (reason: string, message: string): Rollback => ({ deployment: cleared, event: { type: 'Warning', reason, message } });
  const revision = BigInt(wish.replace('+', '')) || lastRevision(sets);
  if (revision === 0n) return refused('DeploymentRollbackRevisionNotFound', 'Unable to find last revision.');
  const set = sets.find((one) => revisionOf(one) === revision);
  if (!set) return refused('DeploymentRollbackRevisionNotFound', 'Unable to find the revision to rollback to.');
  const name = JSON.stringify(deployment.metadata.name);
  if (isSameTemplate(deployment.spec.template, set.spec.template)) return refused('DeploymentRollbackTemplateUnchanged', `The rollback revision contains the same template as current deployment ${name}`);
  return { deployment: asOf(cleared, set), event: { type: 'Normal', reason: 'DeploymentRollback', message: `Rolled back deployment ${name} to revision ${revision}` } };
}

/** The highest but one. */
function lastRevision(sets: readonly Set_[]): bigint {
  return sets.map(revisionOf).toSorted((one, other) => (one < other ? 1 : one > other ? -1 : 0))[1] ?? 0n;
}

function asOf(deployment: Deploy, set: Set_): Deploy {
  const template = copyOf(set.spec.template);
  delete template.metadata?.labels?.[POD_TEMPLATE_HASH];
  const pick = (annotations: Readonly<Record<string, string>> = {}, copied: boolean): [string, string][] => Object.entries(annotations).filter(([key]) => isCopied(key) === copied);
  const annotations = Object.fromEntries([...pick(deployment.metadata.annotations, false), ...pick(set.metadata.annotations, true)]);
  return { ...deployment, metadata: { ...deployment.metadata, annotations }, spec: { ...deployment.spec, template } };
}
