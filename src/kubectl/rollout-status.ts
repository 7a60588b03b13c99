import { CommandError } from './errors.ts';
import { listAt, numberAt, textAt, type KubeJson } from './kube-json.ts';

/** How far a rollout is, in kubectl's words. Throws when it cannot go on or the kind has none. Source: kubectl pkg/polymorphichelpers/rollout_status.go. */
export function rolloutStatus(object: KubeJson, group: string): { readonly message: string; readonly isDone: boolean } {
  switch (object.kind) {
    case 'Deployment': return deploymentStatus(object);
    case 'DaemonSet': return daemonSetStatus(object);
    case 'StatefulSet': return statefulSetStatus(object);
    default: throw new CommandError(`no status viewer has been implemented for ${group === '' ? object.kind : `${object.kind}.${group}`}`);
  }
}

const waiting = (message: string): { message: string; isDone: boolean } => ({ message, isDone: false });
const isStale = (object: KubeJson): boolean => numberAt(object, 'status', 'observedGeneration') < (object.metadata.generation ?? 0);

function deploymentStatus(object: KubeJson): { message: string; isDone: boolean } {
  const name = JSON.stringify(object.metadata.name);
  if (isStale(object)) return waiting('Waiting for deployment spec update to be observed...');
  const progressing = listAt(object, 'status', 'conditions').find((one) => one['type'] === 'Progressing');
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded') throw new CommandError(`deployment ${name} exceeded its progress deadline`);
  const desired = numberAt(object, 'spec', 'replicas');
  const [updated, all, available] = [numberAt(object, 'status', 'updatedReplicas'), numberAt(object, 'status', 'replicas'), numberAt(object, 'status', 'availableReplicas')];
  const start = `Waiting for deployment ${name} rollout to finish: `;
  if (updated < desired) return waiting(`${start}${updated} out of ${desired} new replicas have been updated...`);
  if (all > updated) return waiting(`${start}${all - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${start}${available} of ${updated} updated replicas are available...`);
  return { message: `deployment ${name} successfully rolled out`, isDone: true };
}

function daemonSetStatus(object: KubeJson): { message: string; isDone: boolean } {
  const name = JSON.stringify(object.metadata.name);
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') throw new CommandError('rollout status is only available for RollingUpdate strategy type');
  if (isStale(object)) return waiting('Waiting for daemon set spec update to be observed...');
  const [desired, updated, available] = [numberAt(object, 'status', 'desiredNumberScheduled'), numberAt(object, 'status', 'updatedNumberScheduled'), numberAt(object, 'status', 'numberAvailable')];
  const start = `Waiting for daemon set ${name} rollout to finish: `;
  if (updated < desired) return waiting(`${start}${updated} out of ${desired} new pods have been updated...`);
  if (available < desired) return waiting(`${start}${available} of ${desired} updated pods are available...`);
  return { message: `daemon set ${name} successfully rolled out`, isDone: true };
}

function statefulSetStatus(object: KubeJson): { message: string; isDone: boolean } {
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') throw new CommandError('rollout status is only available for RollingUpdate strategy type');
  if (numberAt(object, 'status', 'observedGeneration') === 0 || isStale(object)) return waiting('Waiting for statefulset spec update to be observed...');
  const [desired, ready, updated] = [numberAt(object, 'spec', 'replicas'), numberAt(object, 'status', 'readyReplicas'), numberAt(object, 'status', 'updatedReplicas')];
  if (ready < desired) return waiting(`Waiting for ${desired - ready} pods to be ready...`);
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  if (partition > 0) {
    if (updated < desired - partition) return waiting(`Waiting for partitioned roll out to finish: ${updated} out of ${desired - partition} new pods have been updated...`);
    return { message: `partitioned roll out complete: ${updated} new pods have been updated...`, isDone: true };
  }
  const [revision, current] = [textAt(object, 'status', 'updateRevision'), textAt(object, 'status', 'currentRevision')];
  if (revision !== current) return waiting(`waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...`);
  return { message: `statefulset rolling update complete ${numberAt(object, 'status', 'currentReplicas')} pods at revision ${current}...`, isDone: true };
}
