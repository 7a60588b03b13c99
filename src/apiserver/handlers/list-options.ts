import { parseGoInteger, parseGoUnsigned } from '../../apimachinery/go-integer.ts';
import { goQuote } from '../../apimachinery/go-quote.ts';
import { isTrue } from '../../apimachinery/query-boolean.ts';
import { badRequest, failure } from '../../apimachinery/status.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { type FieldSelector, parseFieldSelector } from '../../apimachinery/selectors/field-selector.ts';
import { type LabelSelector, parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { KindDefinition } from '../../api/kind.ts';
import type { Selection } from '../cacher/selection.ts';
import { invalidOptions } from '../registry/options.ts';
import { keyIn, type ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';

/** ListOptions of a query. */
export interface ListOptions {
  readonly selection: Selection;
  readonly hasSelector: boolean;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  /** Undefined when it was not given. */
  readonly sendInitialEvents: boolean | undefined;
  /** Empty when it was not given. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  /** 0: none. */
  readonly limit: number;
  readonly continue: string;
  readonly timeoutSeconds: number | undefined;
}

/** Reads what a list, watch or deletecollection selects. Throws StatusError 400 or 422. */
export function listOptions(request: ApiRequest, resource: ServedResource, watch: boolean): ListOptions {
  const { query, info } = request;
  const timeoutSeconds = integerParameter(query.get('timeoutSeconds'));
  const limit = integerParameter(query.get('limit')) ?? 0;
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  const isSent = query.get('sendInitialEvents');
  const resourceVersion = query.get('resourceVersion') ?? '';
  const resourceVersionMatch = query.get('resourceVersionMatch') ?? '';
  // The older paths for watches do not say it in the query, so that they are judged as lists.
  const isWatch = watch && isTrue(query.get('watch'));
  // Who neither names a state nor says what to begin with is given what there is as who asks for it. Source: apimachinery pkg/apis/meta/internalversion, SetListOptionsDefaults.
  const isGivenState = isWatch && resourceVersionMatch === '' && (resourceVersion === '' || resourceVersion === '0');
  const options: ListOptions = {
    selection: selectionOf(resource, { namespace: info.namespace, name: info.verb === 'watch' ? info.parts[1] ?? '' : '', labelSelector, fieldSelector }),
    hasSelector: labelSelector !== '' || fieldSelector !== '',
    watch: isWatch,
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: isSent === undefined ? isGivenState || undefined : isTrue(isSent),
    resourceVersion,
    resourceVersionMatch: resourceVersionMatch as ListOptions['resourceVersionMatch'],
    limit,
    continue: query.get('continue') ?? '',
    timeoutSeconds,
  };
  validate(options, isSent !== undefined);
  return options;
}

/** Throws StatusError 400 for a text that is no whole number. */
export function integerParameter(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return parseGoInteger(text);
  } catch (error) {
    throw error instanceof RangeError ? badRequest(error.message, { cause: error }) : error;
  }
}

/** Source: apimachinery pkg/apis/meta/internalversion/validation, ValidateListOptions. */
function validate(options: ListOptions, isSentGiven: boolean): void {
  const errors = new FieldErrors();
  const match = FieldPath.of('resourceVersionMatch');
  if (options.watch) validateWatch(options, isSentGiven, errors);
  else {
    if (options.resourceVersionMatch !== '') {
      if (options.resourceVersion === '') errors.forbidden(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
      if (options.continue !== '') errors.forbidden(match, 'resourceVersionMatch is forbidden when continue is provided');
      if (!['Exact', 'NotOlderThan'].includes(options.resourceVersionMatch)) errors.notSupported(match, options.resourceVersionMatch, ['Exact', 'NotOlderThan', '']);
      if (options.resourceVersionMatch === 'Exact' && options.resourceVersion === '0') {
        errors.forbidden(match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
      }
    }
    if (isSentGiven) errors.forbidden(FieldPath.of('sendInitialEvents'), 'sendInitialEvents is forbidden for list');
  }
  if (errors.causes.length > 0) throw invalidOptions('ListOptions', errors.causes);
}

function validateWatch(options: ListOptions, isSentGiven: boolean, errors: FieldErrors): void {
  const match = FieldPath.of('resourceVersionMatch');
  const { resourceVersionMatch } = options;
  if (isSentGiven && resourceVersionMatch !== 'NotOlderThan') errors.forbidden(match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (resourceVersionMatch === '') return;
  if (!isSentGiven) errors.forbidden(match, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (resourceVersionMatch !== 'NotOlderThan') errors.notSupported(match, resourceVersionMatch, ['NotOlderThan']);
  if (options.continue !== '') errors.forbidden(match, 'resourceVersionMatch is forbidden when continue is provided');
}

/** What part of a resource is meant. `name`: of a legacy watch of one object. */
export function selectionOf(resource: ServedResource, wanted: { namespace: string; name: string; labelSelector: string; fieldSelector: string }): Selection {
  const { kind } = resource;
  const prefix = kind.namespaced && wanted.namespace !== '' ? `${resource.prefix}${wanted.namespace}/` : resource.prefix;
  if (wanted.labelSelector === '' && wanted.fieldSelector === '' && wanted.name === '') return { id: prefix, prefix };
  const labels = parsed(() => parseLabelSelector(wanted.labelSelector));
  const fields = parsed(() => parseFieldSelector(wanted.fieldSelector));
  const labelNames = fieldLabelsOf(resource);
  for (const { field } of fields.requirements) {
    if (!labelNames.has(field)) throw badRequest(unsupportedField(resource, field));
  }
  if (wanted.name !== '' && wanted.fieldSelector !== '' && fields.requires('metadata.name') !== wanted.name) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  const name = wanted.name !== '' ? wanted.name : fields.requires('metadata.name');
  const namespace = wanted.namespace !== '' ? wanted.namespace : fields.requires('metadata.namespace');
  const isOne = name !== undefined && (!kind.namespaced || namespace !== undefined) && fields.requirements.length <= 2;
  const trigger = triggerOf(fields, name);
  // The fields of a version that a webhook converts to are known once it has.
  const isConverted = resource.version.prepare !== undefined && fields.requirements.some(({ field }) => !field.startsWith('metadata.'));
  const matches = matcher(resource, labelNames, labels, fields, isConverted);
  return {
    id: `${prefix}?${wanted.name}&${labels.toString()}&${fields.toString()}`, prefix,
    ...(isOne && name !== '' && { key: keyIn(resource, namespace ?? '', name) }), ...(matches && { matches }), ...(trigger && { trigger }),
    ...(isConverted && { prepare: resource.version.prepare }),
  };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message, { cause: error });
    throw error;
  }
}

/** Field labels of the version, each with the label in `selectableFields` that it means. */
function fieldLabelsOf(resource: ServedResource): ReadonlyMap<string, string> {
  const { kind, version } = resource;
  const own = version.fieldLabels ? Object.entries(version.fieldLabels) : Object.keys(kind.selectableFields).map((field) => [field, field] as const);
  const labels = new Map<string, string>([['metadata.name', 'metadata.name'], ...own]);
  if (kind.namespaced || (!version.custom && selectsByNameOnly(kind))) labels.set('metadata.namespace', 'metadata.namespace');
  return labels;
}

/** Kinds without fields of their own know both, wherever their objects are. */
function selectsByNameOnly({ selectableFields }: KindDefinition): boolean {
  return Object.keys(selectableFields).length === 0;
}

function unsupportedField({ kind, version }: ServedResource, field: string): string {
  if (kind.unknownField) return kind.unknownField(field);
  if (!version.custom && selectsByNameOnly(kind)) return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return `field label not supported: ${field}`;
}

function triggerOf(fields: FieldSelector, name: string | undefined): Selection['trigger'] {
  if (name !== undefined) return { field: 'metadata.name', value: name };
  const node = fields.requires('spec.nodeName');
  return node === undefined ? undefined : { field: 'spec.nodeName', value: node };
}

function matcher({ kind, version }: ServedResource, labelNames: ReadonlyMap<string, string>, labels: LabelSelector, fields: FieldSelector, isConverted: boolean): Selection['matches'] {
  if (labels.isEverything && fields.isEverything) return undefined;
  const { fromStorage } = version;
  const shown = isConverted && fromStorage ? (object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> => fromStorage(object as KubeObject) : (object: DeepReadonly<KubeObject>) => object;
  const valueOf = (object: DeepReadonly<KubeObject>) => (field: string): string => {
    if (field === 'metadata.name') return object.metadata.name;
    if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
    return kind.selectableFields[labelNames.get(field) ?? field]?.(shown(object)) ?? '';
  };
  return (object) => (labels.isEverything || labels.matches(object.metadata.labels)) && (fields.isEverything || fields.matches(valueOf(object)));
}

/** A resourceVersion of a query. Throws what upstream gives: 500 for a text that is no number. */
export function parseResourceVersion(text: string): number {
  if (text === '') return 0;
  try {
    return parseGoUnsigned(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw failure(500, '', `resourceVersion: Invalid value: ${goQuote(text)}: ${error.message}`, undefined, { cause: error });
  }
}

