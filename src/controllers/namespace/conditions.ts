import type { NamespaceCondition } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { timeOf } from '../times.ts';

/** What an attempt to empty a namespace found. */
export interface Emptying {
  readonly discoveryFailures: ReadonlyMap<string, Error>;
  readonly deletionFailures: readonly Error[];
  /** Objects left, by `resource.group`; the dot is there without a group too. */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many objects each finalizer holds. */
  readonly finalizers: ReadonlyMap<string, number>;
}

type Draft = Pick<NamespaceCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The conditions that tell why a namespace is not gone yet. Source: pkg/controller/namespace/deletion, status_condition_utils.go. */
export function conditionsOf(emptying: Emptying, old: readonly DeepReadonly<NamespaceCondition>[], nowMs: number): NamespaceCondition[] {
  const wanted = [discovery(emptying), parsing(), content(emptying), remaining(emptying), finalizing(emptying)];
  const others = old.filter(({ type }) => !wanted.some((one) => one.type === type));
  return [...others, ...wanted.map((condition) => settle(condition, old, nowMs))];
}

function settle(condition: Draft, old: readonly DeepReadonly<NamespaceCondition>[], nowMs: number): NamespaceCondition {
  const known = old.find(({ type }) => type === condition.type);
  const lastTransitionTime = known?.status === condition.status && known.lastTransitionTime ? known.lastTransitionTime : timeOf(nowMs);
  return { ...condition, lastTransitionTime };
}

function discovery({ discoveryFailures }: Emptying): Draft {
  const type = 'NamespaceDeletionDiscoveryFailure';
  if (discoveryFailures.size === 0) return { type, status: 'False', reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' };
  const list = [...discoveryFailures].map(([version, error]) => `${version}: ${error.message}`).sort().join(', ');
  const message = `Discovery failed for some groups, ${discoveryFailures.size} failing: unable to retrieve the complete list of server APIs: ${list}`;
  return { type, status: 'True', reason: 'DiscoveryFailed', message };
}

function parsing(): Draft {
  return { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False', reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' };
}

function content({ deletionFailures }: Emptying): Draft {
  const type = 'NamespaceDeletionContentFailure';
  if (deletionFailures.length === 0) return { type, status: 'False', reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' };
  const texts = [...new Set(deletionFailures.map(({ message }) => message))].sort();
  const message = `Failed to delete all resource types, ${deletionFailures.length} remaining: ${texts.join(', ')}`;
  return { type, status: 'True', reason: 'ContentDeletionFailed', message };
}

function remaining({ remaining: objects }: Emptying): Draft {
  const type = 'NamespaceContentRemaining';
  if (objects.size === 0) return { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' };
  const list = [...objects].map(([resource, count]) => `${resource} has ${count} resource instances`).sort().join(', ');
  return { type, status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${list}` };
}

function finalizing({ finalizers }: Emptying): Draft {
  const type = 'NamespaceFinalizersRemaining';
  if (finalizers.size === 0) return { type, status: 'False', reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' };
  const list = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort().join(', ');
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message: `Some content in the namespace has finalizers remaining: ${list}` };
}
