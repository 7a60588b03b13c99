import { timeSince } from '../../apimachinery/human-duration.ts';
import { at, listAt, numberAt, textAt } from '../kube-json.ts';
import { podQosClass } from '../../api/core/pod-qos.ts';
import type { PodSpec } from '../../api/generated/core-v1.ts';
import { containerLines, fieldValueOf, resourceLines } from './containers.ts';
import type { Describer } from './describer.ts';
import { schedulingLines, spreadLines } from './scheduling.ts';
import { controllerLines, headLines, longTime, metaLines } from './text.ts';
import { volumeLines } from './volumes.ts';

export const describePod: Describer = async (pod, scope) => {
  const { spec, status } = pod as { spec?: unknown; status?: unknown };
  const optional = (title: string, value: unknown, ...path: string[]): string[] => (textAt(value, ...path) ? [`${title}:\t${textAt(value, ...path)}`] : []);
  const ips = listAt(status, 'podIPs');
  const options = { space: '', fieldValue: fieldValueOf(pod) };
  const conditions = listAt(status, 'conditions');
  const gates = listAt(spec, 'readinessGates');
  return [
    ...headLines(pod),
    ...optional('Priority', spec, 'priority'), ...optional('Priority Class Name', spec, 'priorityClassName'), ...optional('Runtime Class Name', spec, 'runtimeClassName'), ...optional('Service Account', spec, 'serviceAccountName'),
    `Node:\t${textAt(spec, 'nodeName') ? `${textAt(spec, 'nodeName')}/${textAt(status, 'hostIP')}` : '<none>'}`,
    ...(textAt(status, 'startTime') ? [`Start Time:\t${longTime(textAt(status, 'startTime'))}`] : []),
    ...metaLines(pod),
    ...phaseLines(pod, scope.nowMs),
    ...optional('Reason', status, 'reason'), ...optional('Message', status, 'message'),
    ...seccompLines(at(spec, 'securityContext', 'seccompProfile')),
    `IP:\t${textAt(status, 'podIP')}`,
    ...(ips.length === 0 ? ['IPs:\t<none>'] : ['IPs:', ...ips.map((one) => `  IP:\t${textAt(one, 'ip')}`)]),
    ...controllerLines(pod), ...optional('NominatedNodeName', status, 'nominatedNodeName'),
    ...(at(spec, 'resources') === undefined ? [] : ['Resources:', ...resourceLines(at(spec, 'resources'), '  ')]),
    ...containerLines('Init Containers', listAt(spec, 'initContainers'), listAt(status, 'initContainerStatuses'), options),
    ...containerLines('Containers', listAt(spec, 'containers'), listAt(status, 'containerStatuses'), options),
    ...containerLines('Ephemeral Containers', listAt(spec, 'ephemeralContainers'), listAt(status, 'ephemeralContainerStatuses'), options),
    ...(gates.length === 0 ? [] : ['Readiness Gates:', '  Type\tStatus', ...gates.map((gate) => `  ${textAt(gate, 'conditionType')} \t${textAt(conditions.find((one) => one['type'] === gate['conditionType']), 'status') || '<none>'} `)]),
    ...(conditions.length === 0 ? [] : ['Conditions:', '  Type\tStatus', ...conditions.map((one) => `  ${textAt(one, 'type')} \t${textAt(one, 'status')} `)]),
    ...volumeLines(listAt(spec, 'volumes'), ''),
    `QoS Class:\t${textAt(status, 'qosClass') || podQosClass(spec as PodSpec)}`,
    ...schedulingLines(spec, ''), ...spreadLines(spec, ''),
    ...(await scope.eventLines()),
  ];
};

function seccompLines(profile: unknown): string[] {
  if (profile === undefined) return [];
  const type = textAt(profile, 'type');
  return [`SeccompProfile:\t${type}`, ...(type === 'Localhost' ? [`LocalhostProfile:\t${textAt(profile, 'localhostProfile')}`] : [])];
}

function phaseLines(pod: Parameters<Describer>[0], nowMs: number): string[] {
  const phase = textAt(pod, 'status', 'phase');
  const { deletionTimestamp } = pod.metadata;
  if (!deletionTimestamp || phase === 'Failed' || phase === 'Succeeded') return [`Status:\t${phase}`];
  return [`Status:\tTerminating (lasts ${timeSince(deletionTimestamp, nowMs)})`, `Termination Grace Period:\t${numberAt(pod, 'metadata', 'deletionGracePeriodSeconds')}s`];
}
