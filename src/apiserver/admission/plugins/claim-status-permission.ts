import { deviceId } from '../../../api/resource/allocation-validation.ts';
import type { ResourceClaim, ResourceClaimStatus } from '../../../api/generated/resource-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual } from '../../../apimachinery/validation/immutable.ts';
import { isOnNode } from '../../authentication/impersonation/modes.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import { denied } from '../../authorization/decide.ts';
import { isFor } from '../refusal.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

type Status = DeepReadonly<ResourceClaimStatus>;

const GROUP = 'resource.k8s.io';
const STATUS = FieldPath.of('status');

/**
 * Who binds a claim needs `resourceclaims/binding` too, and who tells of its devices `resourceclaims/driver` for each driver whose devices it changes: on the
 * claim's node `associated-node:VERB` will do, anywhere `arbitrary-node:VERB`. Not one of the plugins that flags choose: in Kubernetes it is part of storing claims.
 * Source: kubernetes pkg/registry/resource/utils.go; feature gate DRAResourceClaimGranularStatusAuthorization.
 */
export class ClaimStatusPermission implements AdmissionPlugin {
  readonly name = 'ClaimStatusPermission';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'UPDATE' && isFor(attributes, GROUP, 'resourceclaims', 'status');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const [now, old] = [attributes.object, attributes.oldObject].map((claim) => (claim as DeepReadonly<ResourceClaim>).status) as [Status, Status];
    const errors = new FieldErrors();
    await this.#binding(attributes, now, old, errors);
    await this.#drivers(attributes, now, old, errors);
    if (errors.causes.length > 0) throw invalid({ group: GROUP, kind: attributes.kind }, attributes.name, errors.causes);
  }

  async #binding(attributes: AdmissionAttributes, now: Status, old: Status, errors: FieldErrors): Promise<void> {
    if (semanticallyEqual(now.allocation, old.allocation) && semanticallyEqual(now.reservedFor, old.reservedFor)) return;
    const verb = verbOf(attributes);
    const fault = await this.#refusal(attributes, { verb, subresource: 'binding', namespace: '', name: '' });
    if (fault !== undefined) errors.forbidden(STATUS, `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: ${fault}`);
  }

  async #drivers(attributes: AdmissionAttributes, now: Status, old: Status, errors: FieldErrors): Promise<void> {
    const drivers = changedDrivers(now, old);
    if (drivers.length === 0) return;
    const node = nodeOf(now);
    const reaches = node !== undefined && isOnNode(attributes.user, node) ? ['associated-node', 'arbitrary-node'] : ['arbitrary-node'];
    const verbs = reaches.map((reach) => `${reach}:${verbOf(attributes)}`);
    for (const driver of drivers) {
      const faults: string[] = [];
      for (const verb of verbs) {
        const fault = await this.#refusal(attributes, { verb, subresource: 'driver', namespace: attributes.namespace, name: driver });
        if (fault === undefined) break;
        faults.push(fault);
      }
      if (faults.length === verbs.length) errors.forbidden(STATUS.child('devices'), `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission: ${faults[0] ?? ''}`);
    }
  }

  /** Why it may not be done; undefined if it may. */
  async #refusal({ user, version }: AdmissionAttributes, what: Pick<AuthorizationAttributes, 'verb' | 'subresource' | 'namespace' | 'name'>): Promise<string | undefined> {
    const attributes: AuthorizationAttributes = { user, isResourceRequest: true, apiGroup: GROUP, apiVersion: version, resource: 'resourceclaims', path: '', ...what };
    const { decision, reason, evaluationError } = await this.#authorizer.authorize(attributes);
    return decision === 'allow' ? undefined : denied(attributes, [evaluationError ?? '', reason].filter(Boolean).join(': ')).message;
  }
}

/** A patch stays a patch. */
function verbOf({ verb }: AdmissionAttributes): string {
  return verb === 'patch' ? 'patch' : 'update';
}

/** Drivers of which a device came, went, or says something else; in order. What is freed loses what was said of it, which is no word of a driver. */
function changedDrivers(now: Status, old: Status): string[] {
  const before = new Map((old.devices ?? []).map((one) => [deviceId(one), one]));
  const after = new Set((now.devices ?? []).map((one) => deviceId(one)));
  const held = new Set((now.allocation?.devices?.results ?? []).map((one) => deviceId(one)));
  const told = (now.devices ?? []).filter((one) => !semanticallyEqual(one, before.get(deviceId(one))));
  const gone = [...before].filter(([id]) => held.has(id) && !after.has(id)).map(([, one]) => one);
  return [...new Set([...told, ...gone].map(({ driver }) => driver))].sort();
}

/** The one node where the claim can be used. */
function nodeOf({ allocation }: Status): string | undefined {
  const [term, ...terms] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [field, ...fields] = term?.matchFields ?? [];
  const [node, ...nodes] = field?.values ?? [];
  const isAlone = terms.length === 0 && fields.length === 0 && nodes.length === 0 && (term?.matchExpressions ?? []).length === 0;
  return isAlone && field?.key === 'metadata.name' && field.operator === 'In' ? node : undefined;
}
