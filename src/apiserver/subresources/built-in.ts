import type { Authenticator } from '../authentication/authenticator.ts';
import type { ServiceAccountTokens } from '../authentication/service-accounts/tokens.ts';
import type { AuthorizerChain } from '../authorization/decide.ts';
import { CachedObjects } from '../cacher/cached-objects.ts';
import type { SpecialHandler } from '../handlers/dispatcher.ts';
import { type KubeletCredentials, Kubelets } from '../proxy/kubelet.ts';
import { AccessReviewHandler } from '../reviews/access-review.ts';
import { SelfSubjectReviewHandler, TokenReviewHandler } from '../reviews/authentication-reviews.ts';
import type { Registry } from '../registry/write-context.ts';
import { RulesReviewHandler } from '../reviews/rules-review.ts';
import { BindingHandler } from './binding.ts';
import { EvictionHandler } from './eviction.ts';
import { finalizeStrategy } from './namespace-finalize.ts';
import { ComponentStatusHandler, type ControlPlaneComponent } from './component-statuses.ts';
import { ConnectHandler, LogHandler } from './pod-streams.ts';
import { ProxyHandler } from './proxies.ts';
import { ScaleHandler } from './scale.ts';
import { ObjectSubresource } from './strategy-handlers.ts';
import { TokenRequestHandler } from './token-request.ts';

export interface BuiltInOptions {
  readonly registry: Registry;
  readonly authorizer: AuthorizerChain;
  readonly authenticators: readonly Authenticator[];
  /** Undefined: no tokens are issued. */
  readonly tokens: ServiceAccountTokens | undefined;
  readonly kubeletClient: KubeletCredentials | undefined;
  readonly components: readonly ControlPlaneComponent[];
}

/** The handlers of what is neither a plain object nor its status, by `group/resource/subresource`. */
export function builtInHandlers(options: BuiltInOptions): Map<string, SpecialHandler> {
  const { registry, authorizer, authenticators, tokens } = options;
  const objects = new CachedObjects(registry.cacher);
  const kubelets = new Kubelets(objects, options.kubeletClient);
  const accessReviews = new AccessReviewHandler(registry, authorizer);
  const binding = new BindingHandler(registry);
  const connect = new ConnectHandler(registry, kubelets);
  const proxy = new ProxyHandler(registry, objects, kubelets);
  const handlers = new Map<string, SpecialHandler>([
    ['authentication.k8s.io/selfsubjectreviews', new SelfSubjectReviewHandler(registry)],
    ['authentication.k8s.io/tokenreviews', new TokenReviewHandler(registry, authenticators, tokens?.apiAudiences ?? [])],
    ['authorization.k8s.io/selfsubjectrulesreviews', new RulesReviewHandler(registry, authorizer)],
    ['authorization.k8s.io/selfsubjectaccessreviews', accessReviews],
    ['authorization.k8s.io/subjectaccessreviews', accessReviews],
    ['authorization.k8s.io/localsubjectaccessreviews', accessReviews],
    ['/componentstatuses', new ComponentStatusHandler(options.components)],
    ['/bindings', binding],
    ['/pods/binding', binding],
    ['/pods/eviction', new EvictionHandler(registry)],
    ['/pods/log', new LogHandler(registry, kubelets)],
    ['/pods/exec', connect],
    ['/pods/attach', connect],
    ['/pods/portforward', connect],
    ['/pods/proxy', proxy],
    ['/services/proxy', proxy],
    ['/nodes/proxy', proxy],
    ['/namespaces/finalize', new ObjectSubresource(registry, finalizeStrategy, ['update'])],
  ]);
  if (tokens) handlers.set('/serviceaccounts/token', new TokenRequestHandler(registry, tokens));
  const scale = new ScaleHandler(registry);
  for (const { kind } of registry.resources.all) if (kind.subresources.scale) handlers.set(`${kind.group}/${kind.resource}/scale`, scale);
  return handlers;
}
