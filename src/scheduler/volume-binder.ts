import * as refs from '../api/refs.ts';
import { referenceTo } from '../client/event-recorder.ts';
import type { Client } from '../client/client.ts';
import { BOUND_BY_CONTROLLER, SELECTED_NODE } from '../component-helpers/volume-matching.ts';
import type { ClaimPlaces } from './volume-choice.ts';

/**
 * Keeps the volumes that were chosen for claims, and tells provisioners for which node others are to be made. The controller of volumes does the rest.
 * Source: pkg/scheduler/framework/plugins/volumebinding, BindPodVolumes.
 */
export async function bindVolumes(client: Client, { bindings, provisioned }: ClaimPlaces, nodeName: string, signal: AbortSignal): Promise<void> {
  for (const { claim, volume } of bindings) {
    const { claimRef } = volume.spec;
    if (claimRef?.uid === claim.metadata.uid) continue;
    const { name, resourceVersion } = volume.metadata;
    const annotations = claimRef ? undefined : { [BOUND_BY_CONTROLLER]: 'yes' };
    const patch = { metadata: { resourceVersion, ...(annotations && { annotations }) }, spec: { claimRef: referenceTo(refs.persistentVolumeClaims, claim) } };
    await client.resource(refs.persistentVolumes).patch(name, { type: 'merge', patch }, { signal });
  }
  for (const { metadata } of provisioned) {
    if (metadata.annotations?.[SELECTED_NODE] === nodeName) continue;
    await client.resource(refs.persistentVolumeClaims, metadata.namespace).patch(metadata.name, { type: 'merge', patch: { metadata: { annotations: { [SELECTED_NODE]: nodeName } } } }, { signal });
  }
}
