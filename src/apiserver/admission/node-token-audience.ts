import type { Pod, Volume } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { AdmissionAttributes } from './plugin.ts';
import { refusal } from './refusal.ts';

/**
 * A node gets tokens for the audiences that a pod of its names: in a projected volume, or by the driver of a volume. For others it needs the verb `request-serviceaccounts-token-audience`
 * on a resource that is the audience. Throws StatusError 403. Source: KEP-4412, feature gate ServiceAccountNodeAudienceRestriction.
 */
export class NodeTokenAudience {
  readonly #objects: () => CachedObjects;
  readonly #authorizer: Authorizer;

  constructor(options: { readonly objects: () => CachedObjects; readonly authorizer: Authorizer }) {
    this.#objects = options.objects;
    this.#authorizer = options.authorizer;
  }

  async check(attributes: AdmissionAttributes, pod: DeepReadonly<Pod>, audiences: readonly string[]): Promise<void> {
    if (audiences.length > 1) throw refusal(attributes, 'node may only request 0 or 1 audiences');
    const [audience = ''] = audiences;
    if (pod.spec.volumes?.some((volume) => this.#names(audience, pod, volume))) return;
    const { user, namespace, name } = attributes;
    const { decision } = await this.#authorizer.authorize({
      user, verb: 'request-serviceaccounts-token-audience', isResourceRequest: true, namespace, apiGroup: '', apiVersion: 'v1', resource: audience, subresource: '', name, path: '',
    });
    if (decision !== 'allow') throw refusal(attributes, `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`);
  }

  #names(audience: string, pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>): boolean {
    if (volume.projected?.sources?.some(({ serviceAccountToken: token }) => token !== undefined && (token.audience ?? '') === audience)) return true;
    const driver = this.#driverOf(pod, volume);
    const asked = driver === undefined ? undefined : this.#objects().get(refs.csiDrivers, driver)?.spec.tokenRequests;
    return asked?.some((request) => request.audience === audience) ?? false;
  }

  #driverOf({ metadata }: DeepReadonly<Pod>, volume: DeepReadonly<Volume>): string | undefined {
    if (volume.csi) return volume.csi.driver;
    const claim = volume.ephemeral ? `${metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
    const volumeName = claim === undefined ? undefined : this.#objects().get(refs.persistentVolumeClaims, claim, metadata.namespace)?.spec.volumeName;
    return volumeName ? this.#objects().get(refs.persistentVolumes, volumeName)?.spec.csi?.driver : undefined;
  }
}
