/** The parameters of operations. Version 2 of OpenAPI states shared ones once, under names that end in a hash. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  /** Under `#/parameters/` in version 2; absent: stated where it is used. */
  readonly sharedName?: string;
}

const query = (name: string, type: Parameter['type'], hash: string | undefined, description: string): Parameter => ({
  name, in: 'query', type, description, ...(hash !== undefined && { sharedName: `${name}-${hash}` }),
});

const CONTINUE = query('continue', 'string', 'QfD61s0i', 'The token of the previous page of a list, to get the next one.');
const FIELD_SELECTOR = query('fieldSelector', 'string', 'xIcQKXFG', 'Restricts the objects by their fields.');
const LABEL_SELECTOR = query('labelSelector', 'string', '5Zw57w4C', 'Restricts the objects by their labels.');
const LIMIT = query('limit', 'integer', '1NfNmdNH', 'The largest number of objects in one page.');
const RESOURCE_VERSION = query('resourceVersion', 'string', '5WAnf1kx', 'The version that is to be seen.');
const RESOURCE_VERSION_MATCH = query('resourceVersionMatch', 'string', 't8XhRHeC', 'How resourceVersion is meant: Exact or NotOlderThan.');
const SEND_INITIAL_EVENTS = query('sendInitialEvents', 'boolean', 'rLXlEK_k', 'Whether a watch begins with the objects that exist.');
const SHARD_SELECTOR = query('shardSelector', 'string', 'Kgyki_3_', 'Restricts the objects to one shard.');
const TIMEOUT_SECONDS = query('timeoutSeconds', 'integer', 'yvYezaOC', 'How long the call may take.');

export const LIST_PARAMETERS: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'HC2hJt-J', 'Whether a watch may send events of type BOOKMARK.'),
  CONTINUE, FIELD_SELECTOR, LABEL_SELECTOR, LIMIT, RESOURCE_VERSION, RESOURCE_VERSION_MATCH, SEND_INITIAL_EVENTS, SHARD_SELECTOR, TIMEOUT_SECONDS,
  query('watch', 'boolean', 'XNNPZGbK', 'Whether changes are wanted instead of a list.'),
];

const DRY_RUN = query('dryRun', 'string', undefined, 'All: do everything but store.');
const DELETE_OPTIONS: readonly Parameter[] = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', '-K5HaBOS', 'How long the object may take to end.'),
  query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'QbNkfIqj', 'Whether to delete an object that can not be read.'),
  query('orphanDependents', 'boolean', 'uRB25kX5', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', '6jk3prlO', 'What becomes of dependents: Orphan, Background or Foreground.'),
];
export const DELETE_PARAMETERS = DELETE_OPTIONS;
export const DELETE_COLLECTION_PARAMETERS: readonly Parameter[] = [
  ...DELETE_OPTIONS, CONTINUE, FIELD_SELECTOR, LABEL_SELECTOR, LIMIT, RESOURCE_VERSION, RESOURCE_VERSION_MATCH, SEND_INITIAL_EVENTS, SHARD_SELECTOR, TIMEOUT_SECONDS,
];

const FIELD_VALIDATION = query('fieldValidation', 'string', undefined, 'What becomes of unknown and duplicate fields: Ignore, Warn or Strict.');
export const WRITE_PARAMETERS: readonly Parameter[] = [DRY_RUN, query('fieldManager', 'string', 'Qy4HdaTW', 'Who makes this change.'), FIELD_VALIDATION];
export const PATCH_PARAMETERS: readonly Parameter[] = [
  DRY_RUN,
  query('fieldManager', 'string', '7c6nTn1T', 'Who makes this change; required for apply.'),
  FIELD_VALIDATION,
  query('force', 'boolean', 'tOGGb0Yi', 'Whether apply takes fields that others own.'),
];

export const PRETTY: Parameter = query('pretty', 'string', 'tJGM1-ng', 'Whether the answer is indented.');
export const NAMESPACE: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'The namespace.', sharedName: 'namespace-vgWSWtn3' };
export const PATH: Parameter = { name: 'path', in: 'path', type: 'string', description: 'path to the resource', sharedName: 'path-z6Ciiujn' };

export function nameParameter(kind: string): Parameter {
  return { name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` };
}

/** Bodies that many operations share in version 2. */
export const SHARED_BODIES: Readonly<Record<string, string>> = { 'meta.v1.DeleteOptions': 'body-2Y1dVQaQ', 'meta.v1.Patch': 'body-78PwaGsr' };
