import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { admissionRequest } from '../webhook/review.ts';
import { VersionedObject } from '../webhook/versioned-object.ts';
import type { AuthorizerChecks } from './authorizer-checks.ts';
import type { Given } from './evaluation.ts';
import type { Match, MatchContext } from './matching.ts';

/** A Namespace has none of its own. */
function namespaceOf(attributes: AdmissionAttributes, { objects }: MatchContext): DeepReadonly<KubeObject> | undefined {
  const isNamespace = attributes.group === '' && attributes.resource === 'namespaces';
  return isNamespace || attributes.namespace === '' ? undefined : objects.get(refs.namespaces, attributes.namespace);
}

/** What a policy's expressions see of a request, in the version that the policy matched. */
export async function givenOf(attributes: AdmissionAttributes, match: Match, extra: { readonly params: unknown; readonly checks: AuthorizerChecks; readonly context: MatchContext }): Promise<Given> {
  const versioned = new VersionedObject(attributes, match.served);
  const request = admissionRequest({ object: versioned, resource: match.resource }, attributes, { uid: '', object: undefined, oldObject: undefined }) as Record<string, unknown>;
  const { uid: _uid, object: _object, oldObject: _oldObject, ...shown } = request;
  return {
    object: await versioned.object(), oldObject: await versioned.oldObject(), request: shown, namespaceObject: namespaceOf(attributes, extra.context),
    params: extra.params, checks: extra.checks,
  };
}
