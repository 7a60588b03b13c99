import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import { at, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import { probeText } from './probe.ts';
import { timeText, yes } from './text.ts';

/** One whole, in the unit of quantities. */
const ONE = parseQuantity(1).nanos;

/** What stands in an environment variable that refers to a field of the pod; empty in a template. */
export type FieldValue = (path: string) => string;

/** A section of containers; the main ones are told of even if there are none. `space`: what a pod template is indented by more. */
export function containerLines(title: string, containers: readonly JsonObject[], statuses: readonly JsonObject[], options: { readonly space: string; readonly fieldValue: FieldValue }): string[] {
  if (containers.length === 0) return title === 'Containers' ? [`${options.space}${title}: <none>`] : [];
  const indent = options.space === '' ? '' : ' ';
  return [`${options.space}${title}:`, ...containers.flatMap((container) => {
    const status = statuses.find((one) => one['name'] === container['name']);
    return [`  ${indent}${textAt(container, 'name')}:`, ...basicLines(container, status), ...commandLines(container), ...(status ? stateLines(status) : []), ...resourceLines(at(container, 'resources'), '    '), ...probeLines(container), ...environmentLines(container, options.fieldValue), ...mountLines(container)];
  })];
}

function basicLines(container: JsonObject, status: JsonObject | undefined): string[] {
  const ports = listAt(container, 'ports');
  const list = (title: string, field: string): string => {
    const texts = ports.map((port) => `${numberAt(port, field)}/${textAt(port, 'protocol')}${textAt(port, 'name') ? ` (${textAt(port, 'name')})` : ''}`);
    return `    ${title}${texts.length > 1 ? 's' : ''}:\t${texts.join(', ') || '<none>'}`;
  };
  const profile = at(container, 'securityContext', 'seccompProfile');
  return [
    ...(status ? [`    Container ID:\t${textAt(status, 'containerID')}`] : []), `    Image:\t${textAt(container, 'image')}`, ...(status ? [`    Image ID:\t${textAt(status, 'imageID')}`] : []), list('Port', 'containerPort'), list('Host Port', 'hostPort'),
    ...(profile ? [`    SeccompProfile:\t${textAt(profile, 'type')}`, ...(textAt(profile, 'type') === 'Localhost' ? [`      LocalhostProfile:\t${textAt(profile, 'localhostProfile')}`] : [])] : []),
  ];
}

function commandLines(container: JsonObject): string[] {
  return (['command', 'args'] as const).flatMap((field) => {
    const words = container[field];
    if (!Array.isArray(words) || words.length === 0) return [];
    return [`    ${field === 'command' ? 'Command' : 'Args'}:`, ...(words as string[]).flatMap((word) => word.split('\n')).map((word) => `      ${word}`)];
  });
}

function stateLines(status: JsonObject): string[] {
  const last = at(status, 'lastState');
  return [
    ...oneState('State', at(status, 'state')), ...(at(last, 'terminated') === undefined ? [] : oneState('Last State', last)),
    `    Ready:\t${yes(status['ready'] === true)}`, `    Restart Count:\t${numberAt(status, 'restartCount')}`,
  ];
}

function oneState(title: string, state: unknown): string[] {
  const running = at(state, 'running');
  if (running) return [`    ${title}:\tRunning`, `      Started:\t${timeText(textAt(running, 'startedAt'))}`];
  const ended = at(state, 'terminated');
  if (!ended) return [`    ${title}:\tWaiting`, ...(textAt(state, 'waiting', 'reason') ? [`      Reason:\t${textAt(state, 'waiting', 'reason')}`] : [])];
  const optional = (name: string, field: string): string[] => (textAt(ended, field) ? [`      ${name}:\t${textAt(ended, field)}`] : []);
  return [
    `    ${title}:\tTerminated`, ...optional('Reason', 'reason'), ...optional('Message', 'message'), `      Exit Code:\t${numberAt(ended, 'exitCode')}`, ...(numberAt(ended, 'signal') > 0 ? optional('Signal', 'signal') : []),
    `      Started:\t${timeText(textAt(ended, 'startedAt'))}`, `      Finished:\t${timeText(textAt(ended, 'finishedAt'))}`,
  ];
}

/** Limits and requests of a container, or of a pod. */
export function resourceLines(resources: unknown, indent: string): string[] {
  return (['limits', 'requests'] as const).flatMap((field) => {
    const values = Object.entries(mapAt(resources, field)).sort(([a], [b]) => (a < b ? -1 : 1));
    return values.length === 0 ? [] : [`${indent}${field === 'limits' ? 'Limits' : 'Requests'}:`, ...values.map(([name, value]) => `${indent}  ${name}:\t${value}`)];
  });
}

function probeLines(container: JsonObject): string[] {
  const probes = [['Liveness', 'livenessProbe'], ['Readiness', 'readinessProbe'], ['Startup', 'startupProbe']] as const;
  return probes.flatMap(([title, field]) => (container[field] ? [`    ${title}:\t${probeText(container[field])}`] : []));
}

function environmentLines(container: JsonObject, fieldValue: FieldValue): string[] {
  const from = listAt(container, 'envFrom').map((one) => {
    const [ref, type] = one['configMapRef'] ? [one['configMapRef'], 'ConfigMap'] : [one['secretRef'], 'Secret'];
    const prefix = textAt(one, 'prefix');
    return `      ${textAt(ref, 'name')}\t${type}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${at(ref, 'optional') === true}`;
  });
  const env = listAt(container, 'env').flatMap((one) => environmentLine(one, container, fieldValue));
  return [...(from.length > 0 ? ['    Environment Variables from:', ...from] : []), `    Environment:${listAt(container, 'env').length > 0 ? '' : '\t<none>'}`, ...env];
}

function environmentLine(one: JsonObject, container: JsonObject, fieldValue: FieldValue): string[] {
  const name = textAt(one, 'name');
  const from = one['valueFrom'];
  if (!from) return textAt(one, 'value').split('\n').map((line, index) => (index === 0 ? `      ${name}:\t${line}` : `      \t${line}`));
  const field = at(from, 'fieldRef');
  if (field) return [`      ${name}:\t${fieldValue(textAt(field, 'fieldPath'))} (${textAt(field, 'apiVersion')}:${textAt(field, 'fieldPath')})`];
  const resource = at(from, 'resourceFieldRef');
  if (resource) return [`      ${name}:\t${resourceText(resource, container)} (${textAt(resource, 'resource')})`];
  const [ref, words] = at(from, 'secretKeyRef') ? [at(from, 'secretKeyRef'), 'in secret'] : [at(from, 'configMapKeyRef'), 'of config map'];
  if (ref === undefined) return []; // from a file, which only the node has
  return [`      ${name}:\t<set to the key '${textAt(ref, 'key')}' ${words} '${textAt(ref, 'name')}'>\tOptional: ${at(ref, 'optional') === true}`];
}

function mountLines(container: JsonObject): string[] {
  const mounts = [...listAt(container, 'volumeMounts')].sort((a, b) => (textAt(a, 'mountPath') < textAt(b, 'mountPath') ? -1 : 1));
  const lines = mounts.map((mount) => {
    const flags = [mount['readOnly'] === true ? 'ro' : 'rw', ...(textAt(mount, 'subPath') ? [`path=${JSON.stringify(textAt(mount, 'subPath'))}`] : [])];
    return `      ${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${flags.join(',')})`;
  });
  const devices = [...listAt(container, 'volumeDevices')].sort((a, b) => (textAt(a, 'devicePath') < textAt(b, 'devicePath') ? -1 : 1)).map((one) => `      ${textAt(one, 'devicePath')} from ${textAt(one, 'name')}`);
  const none = lines.length > 0 ? '' : '\t<none>'; // of the mounts: stock kubectl says it of the devices too
  return [`    Mounts:${none}`, ...lines, ...(devices.length > 0 ? [`    Devices:${none}`, ...devices] : [])];
}

/** A container without a limit may take all of its node. */
function resourceText(reference: unknown, container: JsonObject): string {
  const value = resourceValue(reference, container);
  return value === '0' && ['limits.cpu', 'limits.memory'].includes(textAt(reference, 'resource')) ? 'node allocatable' : value;
}

/** In units of the divisor, rounded up. Source: kubernetes.io, "Expose Pod Information to Containers Through Environment Variables". */
export function resourceValue(reference: unknown, container: JsonObject): string {
  const [kind = '', ...name] = textAt(reference, 'resource').split('.');
  const amount = parseQuantity(textAt(container, 'resources', kind, name.join('.')) || '0').nanos;
  const unit = parseQuantity(textAt(reference, 'divisor') || '0').nanos || ONE;
  return String((amount + unit - 1n) / unit);
}

/** The metadata of a pod as its environment shows it; the rest is known on its node only. Source: kubectl pkg/describe, fieldpath. */
export function fieldValueOf(pod: KubeJson): FieldValue {
  return (path) => {
    const quoted = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
    if (quoted) return textAt(pod, 'metadata', quoted[1] ?? '', quoted[2] ?? '');
    return ['metadata.name', 'metadata.namespace', 'metadata.uid'].includes(path) ? textAt(pod, ...path.split('.')) : '';
  };
}
