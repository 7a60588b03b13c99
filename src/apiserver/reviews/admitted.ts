import type { KubeObject } from '../../apimachinery/meta.ts';
import { attributesOf, type WriteContext } from '../registry/write-context.ts';

/**
 * A review as admission leaves it: nothing of it is stored, yet webhooks may change and refuse it as whatever is made. `validate` stands between the
 * plugins that change objects and those that only look, and throws what is wrong. Source: apiserver pkg/endpoints/handlers/create.go.
 */
export async function admittedReview<T extends KubeObject>(context: WriteContext, review: T, validate: (review: T) => void = () => undefined): Promise<T> {
  const { admission } = context.registry;
  const attributes = attributesOf(context, { operation: 'CREATE', name: review.metadata.name ?? '', object: review, oldObject: undefined });
  const admitted = admission.admit(attributes);
  if (admitted) await admitted;
  const changed = (attributes.object ?? review) as T;
  validate(changed);
  const judged = admission.validate(attributes);
  if (judged) await judged;
  return changed;
}
