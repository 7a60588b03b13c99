import type { Service } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

/** Lets nobody take over addresses by a Service; those that it has may stay. Source: kubernetes plugin/pkg/admission/network/denyserviceexternalips. */
export class DenyServiceExternalIPs implements AdmissionPlugin {
  readonly name = 'DenyServiceExternalIPs';

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'services');
  }

  validate(attributes: AdmissionAttributes): void {
    const known = (attributes.oldObject as DeepReadonly<Service> | undefined)?.spec.externalIPs ?? [];
    const wanted = (attributes.object as DeepReadonly<Service>).spec.externalIPs ?? [];
    if (wanted.some((address) => !known.includes(address))) throw refusal(attributes, 'Use of external IPs is denied by admission control');
  }
}
