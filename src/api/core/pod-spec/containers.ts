/** Containers of all three sorts. Source: kubernetes pkg/apis/core/validation, validateContainers, validateInitContainers, validateEphemeralContainers. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Label } from '../../../apimachinery/validation/names.ts';
import { isValidPort, isValidPortName } from '../../../apimachinery/validation/numbers.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '../../generated/core-v1.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateProbesAndLifecycle } from './probes.ts';
import { validateResizePolicies, validateResources } from './resources.ts';
import { validateRestartRules } from './restart-rules.ts';
import { validateSecurityContext } from './security-context.ts';
import { validateVolumeDevices, validateVolumeMounts, type Volumes } from './volumes.ts';

/** What the rules of a container need of its pod. */
export interface PodScope {
  readonly spec: DeepReadonly<PodSpec>;
  readonly volumes: Volumes;
  readonly claimNames: ReadonlySet<string>;
}

type AnyContainer = DeepReadonly<Container>;

const pullPolicies: ReadonlySet<string> = new Set(['Always', 'IfNotPresent', 'Never']);
const protocols: ReadonlySet<string> = new Set(['SCTP', 'TCP', 'UDP']);
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const INIT_TEXT = 'may not be set for init containers without restartPolicy=Always';
const EPHEMERAL_TEXT = 'cannot be set for an Ephemeral Container';

export function validateContainers(scope: PodScope, path: FieldPath, errors: FieldErrors): void {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) return errors.required(path);
  const names = new Set<string>();
  containers.forEach((container, i) => {
    const at = path.index(i);
    validateCommon(container, scope, at, errors);
    if (names.has(container.name)) errors.duplicate(at.child('name'), container.name);
    names.add(container.name);
    validateProbesAndLifecycle(container, scope.spec.terminationGracePeriodSeconds, at, errors);
    validateRestartRules(container, at, errors);
  });
  validateHostPortConflicts(containers, path, errors);
}

export function validateInitContainers(scope: PodScope, path: FieldPath, errors: FieldErrors): void {
  const { initContainers } = scope.spec;
  if (!initContainers) return;
  const names = new Set((scope.spec.containers ?? []).map((container) => container.name));
  initContainers.forEach((container, i) => {
    const at = path.index(i);
    validateCommon(container, scope, at, errors);
    validateRestartRules(container, at, errors);
    if (names.has(container.name)) errors.duplicate(at.child('name'), container.name);
    else if (container.name) names.add(container.name);
    validateHostPortConflicts([container], path, errors);
    if (container.restartPolicy === 'Always') validateProbesAndLifecycle(container, scope.spec.terminationGracePeriodSeconds, at, errors);
    else {
      for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[name] !== undefined) errors.forbidden(at.child(name), INIT_TEXT);
      }
      validateInitResize(container, at.child('resizePolicy'), errors);
    }
  });
}

/** What runs once is not started anew for the sake of its resources. */
function validateInitResize({ resizePolicy }: AnyContainer, path: FieldPath, errors: FieldErrors): void {
  resizePolicy?.forEach(({ restartPolicy }, i) => {
    if (restartPolicy !== 'RestartContainer') return;
    errors.invalid(path.index(i).child('restartPolicy'), restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers");
  });
}

export function validateEphemeralContainers(scope: PodScope, path: FieldPath, errors: FieldErrors): void {
  const { ephemeralContainers } = scope.spec;
  if (!ephemeralContainers) return;
  const targets = new Set([...(scope.spec.containers ?? []), ...(scope.spec.initContainers ?? [])].map((container) => container.name));
  const names = new Set(targets);
  ephemeralContainers.forEach((container, i) => {
    const at = path.index(i);
    validateCommon(container, scope, at, errors);
    validateImagePadding(container, at, errors);
    if (names.has(container.name)) errors.duplicate(at.child('name'), container.name);
    names.add(container.name);
    const { targetContainerName } = container;
    if (targetContainerName && !targets.has(targetContainerName)) errors.notFound(at.child('targetContainerName'), targetContainerName);
    validateEphemeralFields(container, at, errors);
  });
}

/** Debugging leaves no traces in a pod: what takes resources or promises service is not for ephemeral containers. */
function validateEphemeralFields(container: DeepReadonly<EphemeralContainer>, path: FieldPath, errors: FieldErrors): void {
  const { resources } = container;
  const isSaid: Readonly<Record<string, boolean>> = {
    ports: (container.ports ?? []).length > 0,
    resources: [resources?.limits, resources?.requests, resources?.claims].some((part) => part !== undefined),
    resizePolicy: (container.resizePolicy ?? []).length > 0,
    restartPolicy: container.restartPolicy !== undefined,
    restartPolicyRules: (container.restartPolicyRules ?? []).length > 0,
    livenessProbe: container.livenessProbe !== undefined,
    readinessProbe: container.readinessProbe !== undefined,
    startupProbe: container.startupProbe !== undefined,
    lifecycle: container.lifecycle !== undefined,
  };
  for (const [name, said] of Object.entries(isSaid)) if (said) errors.forbidden(path.child(name), EPHEMERAL_TEXT);
  container.volumeMounts?.forEach(({ subPath, subPathExpr }, i) => {
    const at = path.child('volumeMounts').index(i);
    if (subPath) errors.forbidden(at.child('subPath'), EPHEMERAL_TEXT);
    if (subPathExpr) errors.forbidden(at.child('subPathExpr'), EPHEMERAL_TEXT);
  });
}

export function validateImagePadding({ image = '' }: { readonly image?: string }, path: FieldPath, errors: FieldErrors): void {
  if (image.trim() !== image) errors.invalid(path.child('image'), image, 'must not have leading or trailing whitespace');
}

function validateCommon(container: AnyContainer, scope: PodScope, path: FieldPath, errors: FieldErrors): void {
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container;
  if (!name) errors.required(path.child('name'));
  else addInvalid(errors, path.child('name'), name, isDns1123Label(name));
  if (!image) errors.required(path.child('image'));
  if (!terminationMessagePolicy) errors.required(path.child('terminationMessagePolicy'));
  else if (!MESSAGE_POLICIES.includes(terminationMessagePolicy)) errors.notSupported(path.child('terminationMessagePolicy'), terminationMessagePolicy, MESSAGE_POLICIES);
  if (container.ports) validatePorts(container.ports, path.child('ports'), errors);
  if (container.env) validateEnv(container.env, path.child('env'), errors);
  if (container.envFrom) validateEnvFrom(container.envFrom, path.child('envFrom'), errors);
  if (container.volumeMounts) validateVolumeMounts(container, scope.volumes, path.child('volumeMounts'), errors);
  if (container.volumeDevices) validateVolumeDevices(container, scope.volumes, path.child('volumeDevices'), errors);
  if (!imagePullPolicy) errors.required(path.child('imagePullPolicy'));
  else if (!pullPolicies.has(imagePullPolicy)) errors.notSupported(path.child('imagePullPolicy'), imagePullPolicy, pullPolicies);
  if (container.resources) validateResources(container.resources, scope.claimNames, path.child('resources'), errors);
  if (container.resizePolicy) validateResizePolicies(container.resizePolicy, scope.spec.restartPolicy, path.child('resizePolicy'), errors);
  if (container.securityContext) validateSecurityContext(container.securityContext, scope.spec.hostUsers !== false, path.child('securityContext'), errors);
}

function validatePorts(ports: DeepReadonly<ContainerPort[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!ports) return;
  const names = new Set<string>();
  ports.forEach(({ name, containerPort, hostPort, protocol }, i) => {
    const at = path.index(i);
    if (name) {
      const texts = isValidPortName(name);
      addInvalid(errors, at.child('name'), name, texts);
      if (texts.length === 0 && names.has(name)) errors.duplicate(at.child('name'), name);
      names.add(name);
    }
    if (!containerPort) errors.required(at.child('containerPort'));
    else addInvalid(errors, at.child('containerPort'), containerPort, isValidPort(containerPort));
    if (hostPort) addInvalid(errors, at.child('hostPort'), hostPort, isValidPort(hostPort));
    if (!protocol) errors.required(at.child('protocol'));
    else if (!protocols.has(protocol)) errors.notSupported(at.child('protocol'), protocol, protocols);
  });
}

function validateHostPortConflicts(containers: readonly AnyContainer[], path: FieldPath, errors: FieldErrors): void {
  if (!containers.some(({ ports }) => ports?.some(({ hostPort }) => hostPort))) return;
  const taken = new Set<string>();
  containers.forEach((container, i) => {
    container.ports?.forEach(({ hostPort, hostIP = '', protocol = '' }, j) => {
      if (!hostPort) return;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) errors.duplicate(path.index(i).child('ports').index(j).child('hostPort'), key);
      taken.add(key);
    });
  });
}
