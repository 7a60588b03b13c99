import type { DeepReadonly, KubeObject } from '../meta.ts';
import type { ApplyType } from './apply-type.ts';
import type { FieldSet } from './field-set.ts';

/** What server-side apply must know of a kind in the version of a request. */
export interface ManagedKind {
  readonly kind: string;
  /** `apps/v1` */
  readonly apiVersion: string;
  /** Whether its types may change while objects are stored, as those of custom kinds do. */
  readonly hasChangingSchema?: boolean;
  /** Undefined for a version that is no longer served: what was owned in it is forgotten. */
  typeOf(apiVersion: string): ApplyType | undefined;
  /** An object of the request's version in another one. */
  toVersion(object: DeepReadonly<KubeObject>, apiVersion: string): DeepReadonly<KubeObject>;
  /** A new object of the request's version as Go writes it: struct values and nulls, no defaults. */
  readonly emptyObject: DeepReadonly<object>;
  /** What this resource, or the subresource, does not let a client own. */
  readonly resetFields: FieldSet;
}

export interface ManagedWrite {
  /** What is stored; undefined on create. */
  readonly live: DeepReadonly<KubeObject> | undefined;
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly nowMs: number;
}
