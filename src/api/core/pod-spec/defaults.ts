/** What absent fields of a pod mean. Source: kubernetes pkg/apis/core/v1/defaults.go. */
import type {
  Container, ContainerPort, EphemeralContainer, HTTPGetAction, LifecycleHandler, Pod, PodSpec, PodTemplateSpec, Probe,
} from '../../generated/core-v1.ts';
import { defaultPullPolicy } from './image.ts';
import { defaultPodResources } from './pod-resources.ts';
import { defaultVolume } from './volume-defaults.ts';

/** Defaults of a pod that are not those of a template: they may depend on what the template leaves open. */
export function defaultPod(pod: Pod): void {
  const { metadata, spec } = pod;
  dropInitContainerAnnotations(metadata);
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestLimits(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) openHostPort(port);
  }
  defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.metadata) dropInitContainerAnnotations(template.metadata);
  if (template?.spec) defaultPodSpec(template.spec);
}

/** How the first pods told of their init containers. Source: pkg/apis/core/v1/conversion.go. */
const INIT_CONTAINER_ANNOTATIONS: ReadonlySet<string> = new Set(
  ['alpha', 'beta'].flatMap((stage) => [`pod.${stage}.kubernetes.io/init-containers`, `pod.${stage}.kubernetes.io/init-container-statuses`]),
);

function dropInitContainerAnnotations(metadata: NonNullable<PodTemplateSpec['metadata']>): void {
  const { annotations } = metadata;
  if (!annotations) return;
  const names = Object.keys(annotations);
  const kept = names.filter((name) => !INIT_CONTAINER_ANNOTATIONS.has(name));
  if (kept.length === names.length) return;
  if (kept.length === 0) delete metadata.annotations;
  else metadata.annotations = Object.fromEntries(kept.map((name) => [name, annotations[name] ?? '']));
}

export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.restartPolicy ??= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= 'default-scheduler';
  mirrorServiceAccount(spec);
  dropDisabledFields(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

/** Of features that are off unless a gate says otherwise (GenericWorkload, ClusterTrustBundleProjection, PodCertificateRequest), none of which is built. */
function dropDisabledFields(spec: PodSpec): void {
  delete spec.schedulingGroup;
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always served. */
export function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

export function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image);
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe);
  // Nobody gets what the feature ContainerStopSignals, an alpha of 1.36, would give.
  if (container.lifecycle) delete container.lifecycle.stopSignal;
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) if (handler) defaultHandler(handler);
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1';
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  defaultHandler(probe);
}

function defaultHandler(handler: Pick<LifecycleHandler, 'httpGet'>): void {
  if (handler.httpGet) defaultHttpGet(handler.httpGet);
}

function defaultHttpGet(action: HTTPGetAction): void {
  action.path ??= '/';
  action.scheme ??= 'HTTP';
}

/** What is limited but not requested is requested at its limit. */
function requestLimits(container: Container): void {
  const { limits } = container.resources ?? {};
  if (!limits) return;
  container.resources.requests = { ...limits, ...container.resources.requests };
}

function openHostPort(port: ContainerPort): void {
  port.hostPort ??= port.containerPort;
}
