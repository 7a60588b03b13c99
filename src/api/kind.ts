import type { MapApplyType } from '../apimachinery/apply/apply-type.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import type { FieldErrors } from '../apimachinery/validation/field-errors.ts';

/**
 * What is special about a kind. Everything it does not say is generic: its fields come from the catalogue (`message`), its verbs and paths
 * from its names. No function here does I/O, keeps state or changes an argument that is read-only by type. `apiserver/` calls them in this order:
 *
 *   create   decode > default > mutating admission > fill in metadata (uid, creationTimestamp) > prepareForCreate > validate + validateCreate
 *   update   decode > default > mutating admission > prepareForUpdate > validate + validateUpdate
 *   status   as update, with `subresources.status` in place of the main strategy
 *
 * Functions are methods, so that a definition of any kind passes as a `KindDefinition`.
 */
export interface KindDefinition<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** The plural in paths. */
  readonly resource: string;
  /** Lower-case kind unless said otherwise. */
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** False: nothing of it is stored (reviews, evictions); `apiserver/` answers its verbs by a handler of its own. */
  readonly stored: boolean;
  /** The versions that are served, the preferred one first. */
  readonly versions: readonly KindVersion[];
  /** The version of stored bytes, one of `versions`; defaults, validation and strategies see objects of this version. */
  readonly storageVersion: string;
  readonly listKind: string;
  /** Verbs beyond or below the usual eight; default: all of create delete deletecollection get list patch update watch. */
  readonly verbs: readonly Verb[];
  readonly subresources: Subresources<T>;
  /** Whether PUT to a missing object creates it (Lease, Event, ...: `AllowCreateOnUpdate`). */
  readonly allowCreateOnUpdate: boolean;
  /** Whether an update without resourceVersion is taken (`AllowUnconditionalUpdate`). */
  readonly allowUnconditionalUpdate: boolean;
  /** Whether metadata.generation is kept: set to 1 on create, +1 when `spec` (or what `generationOf` gives) changes. */
  readonly hasGeneration: boolean;
  /** `version`: in which the request is made. */
  generationOf?(object: DeepReadonly<T>, version: string): unknown;
  /** Checks metadata.name; default: a DNS-1123 subdomain. Gives the messages of what is wrong. `prefix`: it is a generateName. */
  readonly validateName: (name: string, prefix: boolean) => string[];
  /** Fills in absent fields; `object` is the caller's own. */
  default?(object: T): void;
  /** What a client may not set on create goes (status), what the server fills in comes. */
  prepareForCreate?(object: T, context: StrategyContext): void;
  validate?(object: DeepReadonly<T>, errors: FieldErrors, request: RequestVersion): void;
  /** Adds to `validate` on create alone: what stored objects may still break. */
  validateCreate?(object: DeepReadonly<T>, errors: FieldErrors, request: RequestVersion): void;
  /**
   * A stored object as it is shown, where that differs: most of all what defaulting it on its way out adds; undefined: as it is stored. A strategy may clear on create what `default` had filled in (a status), or make that
   * which a default goes by: what is stored then lacks what is read, and the next write, whatever it says, stores it and takes a new resourceVersion.
   */
  completedOnRead?(object: DeepReadonly<T>): DeepReadonly<T> | undefined;
  prepareForUpdate?(object: T, old: DeepReadonly<T>, context: StrategyContext): void;
  /** Adds to `validate`: immutable fields, transitions. */
  validateUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>, errors: FieldErrors, request: RequestVersion): void;
  /** What an update is judged by, in the order in which faults are told; a rule that stands twice tells its faults twice, as upstream does. */
  readonly updateRules: readonly UpdateRule[];
  /** Whether the kind's own rules look at the metadata of a new object; else what is wrong with that is told only of what passes them. Default: true. */
  readonly validatesMetadata: boolean;
  /** How names are judged where metadata is looked at between `validate` and `validateCreate`; undefined: it is not. Only for kinds whose `validatesMetadata` is false. */
  metadataRule?(request: RequestVersion): KindDefinition<T>['validateName'] | undefined;
  /** Texts of `Warning` headers for a create (`old` undefined) or an update. */
  warnings?(object: DeepReadonly<T>, old: DeepReadonly<T> | undefined): string[];
  /** Extra field-selector labels besides metadata.name and metadata.namespace, each with its value as text. */
  readonly selectableFields: Readonly<Record<string, FieldText<T>>>;
  /** What is said of another field in a selector; default: `field label not supported: spec.x`. */
  unknownField?(field: string): string;
  readonly columns: readonly Column<T>[];
  /** In which order a Table of a list shows its rows; default: that of the list. */
  tableOrder?(a: DeepReadonly<T>, b: DeepReadonly<T>): number;
  /** What a row of a Table says of an object beside its cells. */
  rowConditions?(object: DeepReadonly<T>): readonly RowCondition[] | undefined;
  /** Server-side apply leaves these paths (of the version named) to subresources: `{'': ['status'], status: ['spec']}`; default: status if it is a subresource. */
  readonly resetFields?: Readonly<Record<string, readonly string[]>>;
  /** An annotation that stands in whole objects only, not where their metadata alone is shown: upstream adds it when it converts to a version. */
  readonly versionAnnotation?: string;
  /** The grace period of a delete that names none; undefined: objects go at once. */
  gracefulDeletionSeconds?(object: DeepReadonly<T>): number;
  /** What becomes of dependents when a delete names no propagation policy; default: they are collected in the background. `Unsupported`: whatever it names. */
  readonly defaultPropagation?: 'Background' | 'Orphan' | 'Unsupported';
  /** The warning of a delete that names none. */
  readonly propagationWarning?: string;
  /** Stored under these seconds, then gone (events). */
  readonly ttlSeconds?: number;
  /** What DELETE answers: the object, or a Status (default). */
  readonly deleteReturnsObject: boolean;
}

/** `metadataUpdate`: what may not change of the metadata; `metadata`: what holds for that of every object; the others are functions of the kind. */
export type UpdateRule = 'metadataUpdate' | 'metadata' | 'validate' | 'validateUpdate';

/** A method's type, so that definitions of any kind pass as a `KindDefinition`. */
export type FieldText<T extends KubeObject> = { text(object: DeepReadonly<T>): string }['text'];

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** Takes the catalogue's place for a kind that is defined while the server runs. */
export interface CustomMessage {
  /** Reads a parsed body, which becomes the object: what the schema does not know goes. `unknown`: what went, as strict decoding reports it. Throws DecodeError. */
  decode(value: unknown): { readonly object: KubeObject; readonly unknown: readonly string[] };
  /** For server-side apply. */
  readonly applyType: MapApplyType;
}

export interface KindVersion {
  /** Of custom kinds; `message` is empty then. */
  readonly custom?: CustomMessage;
  /** Where it is served when that is not the kind's group: events are also served in `events.k8s.io`. */
  readonly group?: string;
  readonly version: string;
  /** The message in the catalogue: `apps.v1.Deployment`. */
  readonly message: string;
  /** The text of the warning that every answer carries: `v1 Endpoints is deprecated in v1.33+; ...`. */
  readonly deprecation?: string;
  /** Instead of the kind's; they are asked of objects in this version. */
  readonly columns?: readonly Column[];
  /** Of the kind's subresources those that this version does not serve. */
  readonly lacks?: ReadonlySet<string>;
  /** Of custom kinds, in place of the kind's: where objects in this version have their replicas. */
  readonly scale?: ScaleStrategy;
  /**
   * Of kinds that a webhook converts: asks it for these objects in this version, so that `fromStorage` (or `toStorage` to this version) has an answer for just them.
   * Throws StatusError 500 when the webhook does not answer.
   */
  readonly prepare?: (objects: readonly KubeObject[]) => Promise<void>;
  /** Absent for the storage version, except for `fromStorage` of custom kinds: what is stored may be in an older version. Neither changes its argument. */
  readonly toStorage?: (object: KubeObject) => KubeObject;
  readonly fromStorage?: (object: KubeObject) => KubeObject;
  /** Of custom kinds, in place of the kind's: fills in an object in this version, before it is brought to the storage version. */
  readonly default?: (object: KubeObject) => void;
  /** Field-selector labels of this version, each with the label of `selectableFields` that it means; absent: those themselves. */
  readonly fieldLabels?: Readonly<Record<string, string>>;
}

export interface Subresources<T extends KubeObject> {
  readonly status?: StatusStrategy<T>;
  readonly scale?: ScaleStrategy;
  /** Served by a handler of their own in `apiserver/`: `binding`, `eviction`, `log`, `token`, ... with what discovery says of them. */
  readonly others: readonly SpecialSubresource<T>[];
}

export interface SpecialSubresource<T extends KubeObject = KubeObject> {
  readonly name: string;
  /** The kind of the request body and of discovery, with its group version when that differs from the parent's. */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  /** Present when the subresource is the object itself, seen through a narrower door: its get, update and patch work as those of `status`. */
  readonly strategy?: StatusStrategy<T>;
}

export interface StatusStrategy<T extends KubeObject> {
  /** Default: everything but status and metadata is taken from `old`. */
  prepareForUpdate?(object: T, old: DeepReadonly<T>, context: StrategyContext): void;
  validateUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>, errors: FieldErrors, request: RequestVersion): void;
}

/** Paths in dot notation, as in a custom resource's `subresources.scale`. */
export interface ScaleStrategy {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** A LabelSelector, or a map of labels, in the object. */
  readonly selectorPath?: string;
  /** Where the Scale kind is: `autoscaling/v1`. */
  readonly version: 'v1';
}

/** The version in which a client speaks: a few rules (of events) hold in the newer one only. */
export interface RequestVersion {
  readonly group: string;
  readonly version: string;
}

export interface StrategyContext {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** In which the request is made. */
  readonly version: string;
  /** Who sent the request. */
  readonly userName: string;
  readonly userUid: string;
  readonly userGroups: readonly string[];
  readonly userExtra: Readonly<Record<string, readonly string[]>>;
  /** Texts of `Warning` headers: what a strategy adds is told, even of a write that then fails. */
  readonly warnings?: string[];
}

/** Of a row whose object has come to its end: printers may leave it out. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** A column of the Table that the server prints (`kubectl get`). */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the first column; else empty. */
  readonly format: string;
  readonly description: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: number;
  /** Rows have a cell for it, the head of the Table does not name it. */
  readonly isUnnamed?: boolean;
  cell(object: DeepReadonly<T>, nowMs: number): string | number | bigint | boolean | null;
}

/** What a kind's file states; the rest takes its default. */
export type KindDeclaration<T extends KubeObject> = Pick<KindDefinition<T>, 'group' | 'kind' | 'resource' | 'namespaced'> &
  Partial<Omit<KindDefinition<T>, 'versions' | 'subresources' | 'selectableFields' | 'columns'>> & {
    readonly versions: readonly KindVersion[];
    readonly subresources?: Partial<Subresources<T>>;
    readonly selectableFields?: KindDefinition<T>['selectableFields'];
    readonly columns?: readonly Column<T>[];
  };

export function refOf<T extends KubeObject>(kind: KindDefinition<T>, version: string = kind.storageVersion): ResourceRef<T> {
  return { group: kind.group, version, resource: kind.resource, kind: kind.kind, namespaced: kind.namespaced };
}
