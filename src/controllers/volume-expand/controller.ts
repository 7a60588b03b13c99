import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';

type Claim = DeepReadonly<PersistentVolumeClaim>;

const askedBy = ({ spec }: Claim): string | number => spec.resources?.requests?.['storage'] ?? '0';
const givenTo = ({ status }: Claim): string | number => status?.capacity?.['storage'] ?? '0';
const isMore = (one: string | number, other: string | number): boolean => compareQuantities(parseQuantity(one), parseQuantity(other)) > 0;

/** Tells a claim that is to grow whom it waits for: the resizer beside the driver. None of the drivers is kubets' own. Source: pkg/controller/volume/expand. */
export class VolumeExpandController extends Controller {
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #volumes: Lister<PersistentVolume>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolume-expander-controller', clock: context.clock, logger: context.logger, workers: 1 });
    const { informers } = context;
    this.#claims = this.watch(informers.informer(persistentVolumeClaims), (claim, { before, after }) => (claim === after && isConcerned(before, after) ? [keyOf(claim)] : [])).lister;
    this.#volumes = this.reads(informers.informer(persistentVolumes)).lister;
    this.#recorder = this.owns(recorderFor(context, 'volume_expand'));
  }

  protected reconcile(key: string): Promise<undefined> {
    const claim = this.#claims.get(key);
    const volume = claim && this.#volumes.get(claim.spec.volumeName ?? '');
    if (volume && volume.spec.claimRef?.uid === claim.metadata.uid && isMore(askedBy(claim), givenTo(claim))) {
      this.#recorder.normal(referenceTo(persistentVolumeClaims, claim), 'ExternalExpanding', 'waiting for an external controller to expand this PVC');
    }
    return Promise.resolve(undefined);
  }
}

/** Once for each time that it asks for more or is given more. */
function isConcerned(before: Claim | undefined, after: Claim): boolean {
  if (after.status?.phase !== 'Bound') return false;
  return !before || isMore(askedBy(after), askedBy(before)) || isMore(givenTo(after), givenTo(before));
}
