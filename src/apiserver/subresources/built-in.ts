import type { Authorizer } from '../authorization/authorizer.ts';
import type { SpecialHandler } from '../handlers/dispatcher.ts';
import { AccessReviewHandler } from '../reviews/access-review.ts';
import type { Registry } from '../registry/write-context.ts';
import { BindingHandler } from './binding.ts';
import { EvictionHandler } from './eviction.ts';
import { approvalStrategy, finalizeStrategy } from './namespace-finalize.ts';
import { ScaleHandler } from './scale.ts';
import { ObjectSubresource } from './strategy-handlers.ts';

/** The handlers of what is neither a plain object nor its status, by `group/resource/subresource`. */
export function builtInHandlers(registry: Registry, authorizer: Authorizer): Map<string, SpecialHandler> {
  const accessReviews = new AccessReviewHandler(registry, authorizer);
  const binding = new BindingHandler(registry);
  const handlers = new Map<string, SpecialHandler>([
    ['authorization.k8s.io/selfsubjectaccessreviews', accessReviews],
    ['authorization.k8s.io/subjectaccessreviews', accessReviews],
    ['authorization.k8s.io/localsubjectaccessreviews', accessReviews],
    ['/bindings', binding],
    ['/pods/binding', binding],
    ['/pods/eviction', new EvictionHandler(registry)],
    ['/namespaces/finalize', new ObjectSubresource(registry, finalizeStrategy, ['update'])],
    ['certificates.k8s.io/certificatesigningrequests/approval', new ObjectSubresource(registry, approvalStrategy, ['get', 'update', 'patch'])],
  ]);
  const scale = new ScaleHandler(registry);
  for (const { kind } of registry.resources.all) if (kind.subresources.scale) handlers.set(`${kind.group}/${kind.resource}/scale`, scale);
  return handlers;
}
