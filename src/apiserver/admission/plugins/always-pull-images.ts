import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { aggregateText } from '../../../apimachinery/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Has every image pulled with the pod's own credentials, so that nobody starts what others pulled. Source: kubernetes plugin/pkg/admission/alwayspullimages. */
export class AlwaysPullImages implements AdmissionPlugin {
  readonly name = 'AlwaysPullImages';

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'pods') && bringsImages(attributes);
  }

  admit({ object }: AdmissionAttributes): void {
    const { spec } = object as Pod;
    for (const list of LISTS) for (const container of spec[list] ?? []) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = 'Always';
  }

  validate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as DeepReadonly<Pod>;
    const problems = LISTS.flatMap((list) => (spec[list] ?? []).flatMap(({ imagePullPolicy: policy }, i) => (policy === 'Always' ? [] : [`spec.${list}[${i}].imagePullPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`])));
    if (problems.length > 0) throw refusal(attributes, aggregateText(problems));
  }
}

/** An update that names no new image leaves pods as they are. */
function bringsImages({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation === 'CREATE' || !oldObject) return true;
  const known = new Set(imagesOf(oldObject as DeepReadonly<Pod>));
  return imagesOf(object as DeepReadonly<Pod>).some((image) => !known.has(image));
}

function imagesOf({ spec }: DeepReadonly<Pod>): string[] {
  const containers: DeepReadonly<Container | EphemeralContainer>[] = LISTS.flatMap((list) => [...(spec[list] ?? [])]);
  return containers.map(({ image }) => image ?? '');
}
