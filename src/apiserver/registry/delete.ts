import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { conflict, notFound, type Status } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { RevisionMismatchError } from '../../storage/store.ts';
import { Entry } from '../cacher/entry.ts';
import { commit } from './commit.ts';
import type { DeleteOptions } from './delete-options.ts';
import { askedKey } from './served-resource.ts';
import { preconditionFailed, resourceOf } from './update.ts';
import { attributesOf, hooksOf, type WriteContext } from './write-context.ts';

export interface Deleted {
  /** Its last state: as it was, or as it is now when it has not gone yet. */
  readonly entry: Entry;
  readonly isGone: boolean;
}

/** Source: apiserver pkg/registry/generic/registry/store.go, Delete; pkg/registry/rest/delete.go, BeforeDelete. */
export async function deleteObject(context: WriteContext, name: string, options: DeleteOptions): Promise<Deleted> {
  const { propagationWarning } = context.resource.kind;
  const isSaid = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (propagationWarning !== undefined && !isSaid) context.request.warnings.push(propagationWarning);
  const { registry, resource } = context;
  const key = askedKey(resource, context.namespace, name);
  const behind = registry.cacher.caughtUp();
  if (behind) await behind;
  let current = registry.cacher.resource(resource.prefix).get(key);
  for (;;) {
    if (!current) throw notFound(resourceOf(context), name);
    try {
      return await deleteOnce(context, name, current, options);
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      const { current: head } = error;
      current = head && registry.cacher.entryOf(head);
    }
  }
}

async function deleteOnce(context: WriteContext, name: string, current: Entry, options: DeleteOptions): Promise<Deleted> {
  const old = current.object;
  // What cannot be shown in the version of the request cannot be deleted in it.
  const preparing = context.resource.version.prepare?.([old as KubeObject]);
  if (preparing) await preparing;
  checkPreconditions(context, name, old, options);
  const hooks = hooksOf(context);
  if (isUnderWay(context, old, options) || hooks.isUnderWay?.(old)) return { entry: current, isGone: false };
  const judging = context.isAdmitted ? undefined : judge(asJudged(context, old, options), name, old);
  if (judging) await judging;
  const instead = hooks.beforeDelete?.(context, old, options) ?? marked(context, old, options);
  if (instead === 'pending') return { entry: current, isGone: false };
  let last = current;
  if (instead !== undefined) {
    if (context.dryRun) return { entry: dryRunOf(current, instead), isGone: false };
    const { entry } = await commit(context, { key: current.key, object: instead, expected: current.revision });
    if (!entry) throw new Error('a stored object has no bytes');
    if (!goesNow(context, instead)) return { entry, isGone: false };
    last = entry;
  }
  if (context.dryRun) return { entry: current, isGone: true };
  const { revision } = await commit(context, { key: current.key, object: undefined, expected: last.revision });
  if (hooks.released) await hooks.released(old);
  return { entry: last.at(revision), isGone: true };
}

/** Of kinds that are deleted gracefully, watchers see the deletion begin even when it ends at once. */
function goesNow(context: WriteContext, object: DeepReadonly<KubeObject>): boolean {
  const { deletionGracePeriodSeconds, finalizers } = object.metadata;
  return context.resource.kind.gracefulDeletionSeconds !== undefined && deletionGracePeriodSeconds === 0 && (finalizers?.length ?? 0) === 0;
}

function dryRunOf(current: Entry, object: KubeObject): Entry {
  return Entry.ofObject(current.key, current.revision, object);
}

/**
 * What is judged of one deletion says also what the server makes of it: the seconds that are left, the object that is meant. Collections are judged
 * by what the client says. Source: apiserver pkg/registry/rest/delete.go, BeforeDelete; pkg/registry/core/namespace/storage; both change the options that admission has.
 */
function asJudged(context: WriteContext, old: DeepReadonly<KubeObject>, options: DeleteOptions): WriteContext {
  if (context.request.info.verb !== 'delete') return context;
  const said = context.options as object;
  const { gracePeriodSeconds, preconditions } = options;
  if (hooksOf(context).beforeDelete) return { ...context, options: { ...said, preconditions: { uid: old.metadata.uid, ...preconditions } } };
  const isGraceful = context.resource.kind.gracefulDeletionSeconds !== undefined && old.metadata.deletionTimestamp === undefined;
  const seconds = isGraceful ? gracePeriod(context, old, options) : gracePeriodSeconds && timeOf(gracePeriodSeconds);
  return seconds === gracePeriodSeconds ? context : { ...context, options: { ...said, gracePeriodSeconds: seconds } };
}

/** A promise only where a plugin has to wait. */
function judge(context: WriteContext, name: string, old: DeepReadonly<KubeObject>): Promise<void> | undefined {
  const { admission } = context.registry;
  // Of a collection nobody names an object.
  const attributes = attributesOf(context, { operation: 'DELETE', name: context.request.info.verb === 'deletecollection' ? '' : name, object: undefined, oldObject: old });
  const admitted = admission.admit(attributes);
  return admitted ? admitted.then(() => admission.validate(attributes)) : admission.validate(attributes);
}

/**
 * Throws a Conflict where the object is not the one that the options mean; it names the kind, not the resource, except of kinds whose end is a matter of its own.
 * Source: apiserver pkg/registry/rest/delete.go, BeforeDelete; pkg/registry/core/namespace/storage.
 */
export function checkPreconditions(context: WriteContext, name: string, old: DeepReadonly<KubeObject>, { preconditions = {} }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions;
  const { group, kind } = context.resource;
  const { metadata } = old;
  if (hooksOf(context).beforeDelete) {
    if (uid !== undefined && uid !== metadata.uid) throw conflict(resourceOf(context), name, preconditionFailed('UID', uid, metadata.uid));
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) throw conflict(resourceOf(context), name, preconditionFailed('ResourceVersion', resourceVersion, metadata.resourceVersion));
    return;
  }
  const differs = (what: string, wanted: string, found: string, why: string): Error =>
    conflict({ group, resource: kind.kind }, name, `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`);
  if (uid !== undefined && uid !== metadata.uid) throw differs('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) throw differs('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

const GARBAGE_COLLECTED = ['orphan', 'foregroundDeletion'];

/** The finalizers that the way of propagation asks for, besides the object's own. */
function finalizersFor({ resource }: WriteContext, old: DeepReadonly<KubeObject>, options: DeleteOptions): string[] {
  const own = (old.metadata.finalizers ?? []).filter((one) => !GARBAGE_COLLECTED.includes(one));
  const had = (name: string): boolean => old.metadata.finalizers?.includes(name) ?? false;
  const { propagationPolicy, orphanDependents } = options;
  const isSaid = propagationPolicy !== undefined || orphanDependents !== undefined;
  const { defaultPropagation } = resource.kind;
  if (defaultPropagation === 'Unsupported') return own;
  const byDefault = defaultPropagation === 'Orphan' && !had('foregroundDeletion');
  const orphan = isSaid ? propagationPolicy === 'Orphan' || orphanDependents === true : had('orphan') || byDefault;
  const foreground = isSaid ? propagationPolicy === 'Foreground' : !had('orphan') && had('foregroundDeletion');
  if (orphan) own.push('orphan');
  if (foreground) own.push('foregroundDeletion');
  const before = old.metadata.finalizers ?? [];
  return new Set(before).symmetricDifference(new Set(own)).size === 0 ? [...before] : own;
}

/** The seconds that the object may still live: 0 for most. */
function gracePeriod(context: WriteContext, old: DeepReadonly<KubeObject>, options: DeleteOptions): number {
  const { kind } = context.resource;
  if (!kind.gracefulDeletionSeconds) return 0;
  const own = kind.gracefulDeletionSeconds(old);
  const asked = options.gracePeriodSeconds;
  if (asked === undefined || own === 0) return own;
  return timeOf(asked);
}

/**
 * The object with its deletion written on it, when it may not go yet; `pending` when that was written before; undefined when it goes now.
 */
function marked(context: WriteContext, old: DeepReadonly<KubeObject>, options: DeleteOptions): KubeObject | 'pending' | undefined {
  const { metadata } = old;
  const isMarked = metadata.deletionTimestamp !== undefined;
  const isGraceful = context.resource.kind.gracefulDeletionSeconds !== undefined;
  const left = metadata.deletionGracePeriodSeconds ?? 0;
  if (isMarked && isGraceful && left > 0) return shortened(context, old, options);
  const grace = isMarked ? 0 : gracePeriod(context, old, options);
  const finalizers = finalizersFor(context, old, options);
  if (grace === 0 && finalizers.length === 0 && (!isGraceful || isMarked)) return undefined;
  if (isMarked && isDeepStrictEqual(finalizers, metadata.finalizers ?? [])) return 'pending';
  const object = withFinalizers(old, finalizers);
  if (!isMarked) {
    object.metadata.deletionTimestamp = formatTime(context.registry.clock.now() + grace * 1000);
    object.metadata.deletionGracePeriodSeconds = grace;
    if (object.metadata.generation) object.metadata.generation++;
  }
  return object;
}

/** Whether this deletion adds nothing to one that is going on gracefully: then nobody is asked about it. */
function isUnderWay({ resource }: WriteContext, { metadata }: DeepReadonly<KubeObject>, { gracePeriodSeconds }: DeleteOptions): boolean {
  const left = metadata.deletionTimestamp === undefined ? 0 : (metadata.deletionGracePeriodSeconds ?? 0);
  if (left === 0 || resource.kind.gracefulDeletionSeconds === undefined) return false;
  return gracePeriodSeconds === undefined || timeOf(gracePeriodSeconds) >= left;
}

/** A negative time is a second. */
function timeOf(seconds: number): number {
  return seconds < 0 ? 1 : seconds;
}

/** An object that is on its way out gracefully may only be hurried; unless it is, its finalizers stay too. */
function shortened(context: WriteContext, old: DeepReadonly<KubeObject>, options: DeleteOptions): KubeObject {
  const { deletionTimestamp = '', deletionGracePeriodSeconds: left = 0 } = old.metadata;
  const grace = timeOf(options.gracePeriodSeconds ?? left);
  const object = withFinalizers(old, finalizersFor(context, old, options));
  object.metadata.deletionTimestamp = formatTime(Date.parse(deletionTimestamp) + (grace - left) * 1000);
  object.metadata.deletionGracePeriodSeconds = grace;
  return object;
}

function withFinalizers(old: DeepReadonly<KubeObject>, finalizers: string[]): KubeObject {
  const { finalizers: _before, ...metadata } = old.metadata as KubeObject['metadata'];
  return { ...(old as KubeObject), metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }) } };
}

/** What DELETE answers of an object that has gone, for most kinds. */
export function deletedDetails(context: WriteContext, old: DeepReadonly<KubeObject>): Status['details'] {
  const { group } = context.resource;
  return { name: old.metadata.name, ...(group && { group }), kind: context.resource.kind.resource, uid: old.metadata.uid };
}
