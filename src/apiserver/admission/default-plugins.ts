import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { PluginConfiguration } from './plugin-configuration.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { AlwaysPullImages } from './plugins/always-pull-images.ts';
import { CertificateApproval, CertificateSigning, CertificateSubjectRestriction, ClusterTrustBundleAttest } from './plugins/certificates.ts';
import { DefaultIngressClass } from './plugins/default-ingress-class.ts';
import { DefaultStorageClass } from './plugins/default-storage-class.ts';
import { DefaultTolerationSeconds, type TolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { DenyServiceExternalIPs } from './plugins/deny-service-external-ips.ts';
import { EventRateLimit } from './plugins/event-rate-limit.ts';
import { ExtendedResourceToleration } from './plugins/extended-resource-toleration.ts';
import { ImagePolicyWebhook } from './plugins/image-policy-webhook.ts';
import { LimitRanger } from './plugins/limit-ranger.ts';
import { NamespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { NodeRestriction } from './plugins/node-restriction.ts';
import { OwnerReferencesPermissionEnforcement } from './plugins/owner-references-permission-enforcement.ts';
import { PersistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize.ts';
import { PodNodeSelector } from './plugins/pod-node-selector.ts';
import { NodeDeclaredFeatureValidator, PodResizeValidator } from './plugins/pod-resize-validator.ts';
import { PodSecurity } from './plugins/pod-security.ts';
import { PodTolerationRestriction } from './plugins/pod-toleration-restriction.ts';
import { PodTopologyLabels } from './plugins/pod-topology-labels.ts';
import { PriorityAdmission } from './plugins/priority.ts';
import { ResourceQuotaAdmission, type WriteQuotaStatus } from './plugins/resource-quota.ts';
import { RuntimeClassAdmission } from './plugins/runtime-class.ts';
import { ServiceAccountAdmission } from './plugins/service-account.ts';
import { StorageObjectInUseProtection } from './plugins/storage-object-in-use-protection.ts';
import { TaintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';
import type { WebhookTools } from './webhook/hook-caller.ts';
import { MutatingAdmissionPolicies } from './policies/mutating-admission-policies.ts';
import { ValidatingAdmissionPolicies } from './policies/validating-admission-policies.ts';
import { webhookUsers } from './webhook/users-configuration.ts';
import { MutatingAdmissionWebhook } from './webhook/mutating-admission-webhook.ts';
import { ValidatingAdmissionWebhook } from './webhook/validating-admission-webhook.ts';

/** What plugins are made of. */
export interface PluginTools {
  /** Asked late: the plugins are made before the server whose cache this is. */
  readonly objects: () => CachedObjects;
  readonly clock: Clock;
  readonly random: Random;
  readonly writeQuotaStatus: WriteQuotaStatus;
  readonly authorizer: Authorizer;
  readonly webhooks: WebhookTools;
  /** Which feature gates are on; default: as in Kubernetes 1.36. */
  readonly featureGates?: (name: string) => boolean;
  /** Default: five minutes each. */
  readonly tolerationSeconds?: TolerationSeconds;
}

interface PluginDefinition {
  readonly name: string;
  readonly enabledByDefault: boolean;
  /** Throws RangeError for a configuration that makes no sense. */
  create(tools: PluginTools, configuration: PluginConfiguration | undefined): AdmissionPlugin;
}

function plugin(name: string, create: PluginDefinition['create'], enabledByDefault = true): PluginDefinition {
  return { name, enabledByDefault, create };
}

/** In the order in which they are asked. Source: kubernetes pkg/kubeapiserver/options/plugins.go. */
const PLUGINS: readonly PluginDefinition[] = [
  plugin('NamespaceLifecycle', ({ objects }) => new NamespaceLifecycle(objects)),
  plugin('LimitRanger', (tools) => new LimitRanger(tools)),
  plugin('ServiceAccount', (tools) => new ServiceAccountAdmission(tools)),
  plugin('ImagePolicyWebhook', ({ webhooks }, configuration) => new ImagePolicyWebhook(webhooks, configuration), false),
  plugin('NodeRestriction', (tools) => new NodeRestriction(tools)),
  plugin('TaintNodesByCondition', () => new TaintNodesByCondition()),
  plugin('AlwaysPullImages', () => new AlwaysPullImages(), false),
  plugin('PodSecurity', ({ objects }, configuration) => new PodSecurity(objects, configuration)),
  plugin('PodNodeSelector', ({ objects }, configuration) => new PodNodeSelector(objects, configuration), false),
  plugin('Priority', ({ objects }) => new PriorityAdmission(objects)),
  plugin('DefaultTolerationSeconds', ({ tolerationSeconds }) => new DefaultTolerationSeconds(tolerationSeconds)),
  plugin('PodTolerationRestriction', ({ objects }, configuration) => new PodTolerationRestriction(objects, configuration), false),
  plugin('EventRateLimit', ({ clock }, configuration) => new EventRateLimit(clock, configuration), false),
  plugin('ExtendedResourceToleration', () => new ExtendedResourceToleration(), false),
  plugin('DefaultStorageClass', ({ objects }) => new DefaultStorageClass(objects)),
  plugin('StorageObjectInUseProtection', () => new StorageObjectInUseProtection()),
  plugin('OwnerReferencesPermissionEnforcement', ({ authorizer, webhooks }) => new OwnerReferencesPermissionEnforcement({ authorizer, resources: webhooks.resources }), false),
  plugin('PersistentVolumeClaimResize', ({ objects }) => new PersistentVolumeClaimResize(objects)),
  plugin('RuntimeClass', ({ objects }) => new RuntimeClassAdmission(objects)),
  plugin('CertificateApproval', ({ authorizer }) => new CertificateApproval(authorizer)),
  plugin('CertificateSigning', ({ authorizer }) => new CertificateSigning(authorizer)),
  plugin('ClusterTrustBundleAttest', ({ authorizer }) => new ClusterTrustBundleAttest(authorizer)),
  plugin('CertificateSubjectRestriction', () => new CertificateSubjectRestriction()),
  plugin('DefaultIngressClass', ({ objects }) => new DefaultIngressClass(objects)),
  plugin('DenyServiceExternalIPs', () => new DenyServiceExternalIPs(), false),
  plugin('PodTopologyLabels', ({ objects }) => new PodTopologyLabels(objects)),
  plugin('NodeDeclaredFeatureValidator', ({ objects }) => new NodeDeclaredFeatureValidator(objects)),
  plugin('PodResizeValidator', ({ objects }) => new PodResizeValidator(objects)),
  plugin('MutatingAdmissionPolicy', (tools) => new MutatingAdmissionPolicies({ ...tools, resources: tools.webhooks.resources })),
  plugin('MutatingAdmissionWebhook', ({ webhooks, authorizer, clock }, configuration) => new MutatingAdmissionWebhook({ ...webhooks, authorizer }, webhookUsers(configuration, clock))),
  plugin('ValidatingAdmissionPolicy', (tools) => new ValidatingAdmissionPolicies({ ...tools, resources: tools.webhooks.resources })),
  plugin('ValidatingAdmissionWebhook', ({ webhooks, authorizer, clock }, configuration) => new ValidatingAdmissionWebhook({ ...webhooks, authorizer }, webhookUsers(configuration, clock))),
  plugin('ResourceQuota', (tools, configuration) => new ResourceQuotaAdmission(tools, configuration)),
];

export interface PluginChoice {
  /** As `--enable-admission-plugins`. */
  readonly enable?: readonly string[];
  /** As `--disable-admission-plugins`. */
  readonly disable?: readonly string[];
  /** As `--admission-control-config-file`, by the name of the plugin. */
  readonly configurations?: ReadonlyMap<string, PluginConfiguration>;
}

/** The default plugins, with those of `enable` and without those of `disable`. Throws RangeError for a name that is no plugin's, and for what a plugin cannot be told. */
export function admissionPlugins(tools: PluginTools, { enable = [], disable = [], configurations = new Map() }: PluginChoice = {}): AdmissionPlugin[] {
  checkNames('--enable-admission-plugins', enable);
  checkNames('--disable-admission-plugins', disable);
  checkNames('--admission-control-config-file', [...configurations.keys()]);
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined) throw new RangeError(`${both} is in both --enable-admission-plugins and --disable-admission-plugins`);
  const chosen = PLUGINS.filter(({ name, enabledByDefault }) => (enabledByDefault || enable.includes(name)) && !disable.includes(name));
  return chosen.map((one) => made(one, tools, configurations.get(one.name)));
}

function checkNames(flag: string, names: readonly string[]): void {
  const known = PLUGINS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`${flag}: unknown admission plugin ${JSON.stringify(unknown)}; there are: ${known.sort().join(', ')}`);
}

function made(definition: PluginDefinition, tools: PluginTools, configuration: PluginConfiguration | undefined): AdmissionPlugin {
  try {
    return definition.create(tools, configuration);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`--admission-control-config-file: plugin ${definition.name}: ${error.message}`, { cause: error });
  }
}
