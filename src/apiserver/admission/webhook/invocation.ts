import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { forbidden, notFound } from '../../../apimachinery/status.ts';
import * as refs from '../../../api/refs.ts';
import { isEmptySelector, matcherOf } from '../../../component-helpers/label-selector.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { AuthorizerChecks } from '../policies/authorizer-checks.ts';
import type { Hook } from './hooks.ts';
import { fromJson as celValue } from '../../../cel/expression.ts';
import { admissionRequest } from './review.ts';
import { ruleMatches, type RuleRequest } from './rules.ts';
import { equivalents, VersionedObject } from './versioned-object.ts';

/** One call that is to be made. */
export interface Invocation {
  readonly hook: Hook;
  readonly object: VersionedObject;
  /** The resource that the webhook's rules name, which may be another version of the request's. */
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
}

export interface MatchContext {
  readonly objects: CachedObjects;
  readonly resources: ResourceTable;
  /** Whom conditions ask what the user may do. */
  readonly authorizer: Authorizer;
}

type Labels = Readonly<Record<string, string>> | undefined;

/**
 * How a webhook is to be called for a request; undefined: it is not its business. Throws StatusError: 404 when the namespace is not there, 403 when its conditions
 * cannot be evaluated and it must not fail. Source: apiserver pkg/admission/plugin/webhook/generic, ShouldCallHook.
 */
export async function invocationOf(hook: Hook, attributes: AdmissionAttributes, context: MatchContext): Promise<Invocation | undefined> {
  const { webhook } = hook;
  const invocation = matched(hook, attributes, context.resources);
  if (!invocation) return undefined;
  if (!isEmptySelector(webhook.namespaceSelector) && !namespaceMatches(hook, attributes, context.objects)) return undefined;
  if (!isEmptySelector(webhook.objectSelector)) {
    const matches = matcherOf(webhook.objectSelector);
    if (!matchesObject(attributes.object, matches) && !matchesObject(attributes.oldObject, matches)) return undefined;
  }
  return !hook.conditions || (await conditionsHold(invocation, attributes, context.authorizer)) ? invocation : undefined;
}

function matched(hook: Hook, attributes: AdmissionAttributes, resources: ResourceTable): Invocation | undefined {
  const { rules = [], matchPolicy } = hook.webhook;
  const request: RuleRequest = { ...named(attributes), operation: attributes.operation, subresource: attributes.subresource, isNamespaced: attributes.namespace !== '' && !isNamespace(attributes) };
  const { own, others } = equivalents(attributes, resources);
  if (rules.some((rule) => ruleMatches(rule, request))) return { hook, object: new VersionedObject(attributes, own), resource: named(attributes) };
  if (matchPolicy === 'Exact') return undefined;
  for (const other of others) {
    const resource = { group: other.group, version: other.version.version, resource: other.kind.resource };
    if (rules.some((rule) => ruleMatches(rule, { ...request, ...resource }))) return { hook, object: new VersionedObject(attributes, other), resource };
  }
  return undefined;
}

function named({ group, version, resource }: AdmissionAttributes): { group: string; version: string; resource: string } {
  return { group, version, resource };
}

function isNamespace({ group, resource }: AdmissionAttributes): boolean {
  return group === '' && resource === 'namespaces';
}

function namespaceMatches({ webhook }: Hook, attributes: AdmissionAttributes, objects: CachedObjects): boolean {
  if (!isNamespace(attributes) && attributes.namespace === '') return true;
  return matcherOf(webhook.namespaceSelector)(namespaceLabels(attributes, objects));
}

function namespaceLabels(attributes: AdmissionAttributes, objects: CachedObjects): Labels {
  const { operation, subresource, object } = attributes;
  if (isNamespace(attributes) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) return object?.metadata.labels;
  const name = isNamespace(attributes) ? attributes.name : attributes.namespace;
  const namespace = objects.get(refs.namespaces, name);
  if (!namespace) throw notFound({ group: '', resource: 'namespaces' }, name);
  return namespace.metadata.labels;
}

function matchesObject(object: DeepReadonly<KubeObject> | undefined, matches: (labels: Labels) => boolean): boolean {
  const metadata = (object as Partial<KubeObject> | undefined)?.metadata;
  return metadata !== undefined && matches(metadata.labels);
}

async function conditionsHold(invocation: Invocation, attributes: AdmissionAttributes, authorizer: Authorizer): Promise<boolean> {
  const { hook } = invocation;
  const object = await invocation.object.object();
  const oldObject = await invocation.object.oldObject();
  const request = admissionRequest(invocation, attributes, { uid: '', object: undefined, oldObject: undefined });
  const checks = new AuthorizerChecks(authorizer, attributes);
  const variables = {
    object: celValue(object), oldObject: celValue(oldObject), request: celValue(request), authorizer: checks.value, 'authorizer.requestResource': checks.requestResource,
  };
  const result = await checks.run(() => hook.conditions?.evaluate(variables) ?? { matches: true });
  if ('matches' in result) return result.matches;
  if (hook.webhook.failurePolicy === 'Ignore') return false;
  throw forbidden({ group: attributes.group, resource: attributes.resource }, attributes.name, result.error);
}

