import type { Metric } from '../../base/metrics.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { UserInfo } from '../authentication/authenticator.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A write (or a connect) on its way into the store, as admission sees it. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly group: string;
  readonly version: string;
  /** The plural, without the subresource. */
  readonly resource: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly kind: string;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  /** Empty when a generateName has not been used yet. */
  readonly name: string;
  /** The name in the path: what rights are asked for by. A new object's stands in the body alone, unless a PUT or an apply makes it. */
  readonly nameInPath?: string;
  /** The verb of the request: an UPDATE may be a patch. */
  readonly verb?: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The new object (of a subresource its own kind: Binding, Eviction, TokenRequest, ...); undefined for DELETE. Mutating plugins change it in place. */
  object: KubeObject | undefined;
  /** What is stored now: for UPDATE and DELETE. */
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  /** CreateOptions, UpdateOptions (of patches too) or DeleteOptions; options of a connect (PodExecOptions, ...). */
  readonly options: unknown;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Of writes: what decides whether the plugins that change objects are asked a second time. */
  reinvocation?: Reinvocation;
  /** Adds a text for a `Warning` header of the answer. */
  warn(text: string): void;
  /** Adds an annotation to the audit event. */
  annotate(key: string, value: string): void;
  /** So long one part of admission took, by the name of its annotation. */
  took?(layer: string, ms: number): void;
  /** The same with what only an event that shows the request shows; the text is made only then. */
  annotateRequest(key: string, value: () => string): void;
}

/** Plugins that let others change objects ask for a second round, so that all see what came after them. */
export interface Reinvocation {
  isNeeded: boolean;
  readonly isSecondRound: boolean;
}

/** One rule for writes. Plugins do not know each other; the chain gives their order. */
export interface AdmissionPlugin {
  /** What it counts. */
  readonly metrics?: Metric;
  /** As in `--enable-admission-plugins`. */
  readonly name: string;
  /** Whether to call it at all for this operation on this resource; asked for each request, so it must be cheap. */
  handles(operation: AdmissionOperation, attributes: AdmissionAttributes): boolean;
  /** May change `attributes.object`. Throws StatusError to refuse. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Sees the object as it will be stored. Throws StatusError to refuse. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}
