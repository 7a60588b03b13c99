import { formatQuantity, parseQuantity, quantityOf, wholeValue } from '../../apimachinery/quantity.ts';
import { at, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer, DescribeScope } from './describer.ts';
import { ruleRows } from './policy-rules.ts';
import { headLines, metaLines, timeText, orNone, pairsText, selectorText } from './text.ts';

const entries = (map: Readonly<Record<string, string>>): [string, string][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
const bytes = (base64: string): number => Buffer.from(base64, 'base64').length;

export const describeConfigMap: Describer = async (object, scope) => [
  ...headLines(object), ...metaLines(object), '', 'Data', '====', ...entries(mapAt(object, 'data')).flatMap(([key, value]) => [`${key}:`, '----', ...value.split('\n'), '']),
  '', 'BinaryData', '====', ...entries(mapAt(object, 'binaryData')).map(([key, value]) => `${key}: ${bytes(value)} bytes`), '', ...(await scope.eventLines()),
];

export const describeSecret: Describer = (object) => {
  const isToken = textAt(object, 'type') === 'kubernetes.io/service-account-token';
  return [...headLines(object), ...metaLines(object), '', `Type:\t${textAt(object, 'type')}`, '', 'Data', '====', ...entries(mapAt(object, 'data')).map(([key, value]) => `${key}:\t${isToken && key === 'token' ? Buffer.from(value, 'base64').toString() : `${bytes(value)} bytes`}`)];
};

export const describeServiceAccount: Describer = async (object, scope) => {
  const names = (field: string): string[] => listAt(object, field).map((one) => textAt(one, 'name'));
  const list = (title: string, all: readonly string[]): string[] => (all.length === 0 ? [`${title}:\t<none>`] : all.map((name, index) => `${index === 0 ? `${title}:` : ' '}\t${name}`));
  return [...headLines(object), ...metaLines(object), ...list('Image pull secrets', names('imagePullSecrets')), ...(await scope.eventLines())];
};

function quotaLines(quota: KubeJson, indent: string): string[] {
  const [hard, used] = [mapAt(quota, 'status', 'hard'), mapAt(quota, 'status', 'used')];
  const rule = indent === '' ? '----' : '---';
  const usedText = (name: string, value: string): string => (indent === '' ? inFormatOf(value, used[name] ?? '0') : (used[name] ?? '0'));
  return [`${indent}Resource\tUsed\tHard`, `${indent}--------\t${rule}\t${rule}`, ...entries(hard).map(([name, value]) => `${indent}${name}\t${usedText(name, value)}\t${value}`)];
}

/** What is used beside its bound: in whole units where the two are written otherwise. */
function inFormatOf(bound: string, value: string): string {
  const [{ format }, quantity] = [parseQuantity(bound), parseQuantity(value)];
  return format === quantity.format ? value : formatQuantity(quantityOf(wholeValue(quantity), format));
}

const SCOPES: Readonly<Record<string, string>> = {
  Terminating: 'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.', NotTerminating: 'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.', NotBestEffort: 'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

const scopeLines = (quota: KubeJson, indent: string): string[] => {
  const scopes = [...(listAt(quota, 'spec', 'scopes') as unknown as string[])].sort();
  return scopes.length === 0 ? [] : [`${indent}Scopes:\t${scopes.join(', ')}`, ...scopes.flatMap((scope) => (SCOPES[scope] ? [`${indent === '' ? ' ' : indent}* ${SCOPES[scope]}`] : []))];
};

export const describeResourceQuota: Describer = (object) => [...headLines(object), ...scopeLines(object, ''), ...quotaLines(object, '')];

function limitLines(range: KubeJson, indent: string): string[] {
  return [`${indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio`, `${indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------`, ...listAt(range, 'spec', 'limits').flatMap((item) => {
    const fields = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'].map((field) => mapAt(item, field));
    const names = [...new Set(fields.flatMap((map) => Object.keys(map)))].sort();
    return names.map((name) => `${indent}${textAt(item, 'type')}\t${name}\t${fields.map((map) => map[name] ?? '-').join('\t')}`);
  })];
}

export const describeLimitRange: Describer = (object) => [...headLines(object), ...limitLines(object, '')];

export const describeNamespace: Describer = async (object, scope: DescribeScope) => {
  const { name } = object.metadata;
  const quotas = (await scope.list('resourcequotas', name)).sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const ranges = await scope.list('limitranges', name);
  const conditions = listAt(object, 'status', 'conditions');
  return [
    `Name:\t${name}`, ...metaLines(object), `Status:\t${textAt(object, 'status', 'phase')}`,
    ...(conditions.length > 0 ? ['Conditions:', '  Type\tStatus\tLastTransitionTime\tReason\tMessage', '  ----\t------\t------------------\t------\t-------', ...conditions.map((one) => `  ${textAt(one, 'type')}\t${textAt(one, 'status')}\t${timeText(textAt(one, 'lastTransitionTime'))}\t${textAt(one, 'reason')}\t${textAt(one, 'message')}`)] : []),
    ...(quotas.length === 0 ? ['', 'No resource quota.'] : ['', 'Resource Quotas', ...quotas.flatMap((quota) => [`  Name:\t${quota.metadata.name}`, ...scopeLines(quota, '  '), ...quotaLines(quota, '  ')])]),
    ...(ranges.length === 0 ? ['', 'No LimitRange resource.'] : ['', 'Resource Limits', ...ranges.flatMap((range) => limitLines(range, ' '))]),
  ];
};

export const describePriorityClass: Describer = async (object, scope) => [
  `Name:\t${object.metadata.name}`, `Value:\t${numberAt(object, 'value')}`, `GlobalDefault:\t${at(object, 'globalDefault') === true}`, `PreemptionPolicy:\t${textAt(object, 'preemptionPolicy')}`, `Description:\t${textAt(object, 'description')}`, `Annotations:\t${pairsText(object.metadata.annotations ?? {})}`, ...(await scope.eventLines()),
];

export const describeRole: Describer = (object) => [
  `Name:\t${object.metadata.name}`, ...metaLines(object), 'PolicyRule:', '  Resources\tNon-Resource URLs\tResource Names\tVerbs', '  ---------\t-----------------\t--------------\t-----', ...ruleRows(listAt(object, 'rules')),
];

export const describeRoleBinding: Describer = (object) => [
  `Name:\t${object.metadata.name}`, ...metaLines(object), 'Role:', `  Kind:\t${textAt(object, 'roleRef', 'kind')}`, `  Name:\t${textAt(object, 'roleRef', 'name')}`, 'Subjects:', '  Kind\tName\tNamespace', '  ----\t----\t---------',
  ...listAt(object, 'subjects').map((one) => `  ${textAt(one, 'kind')}\t${textAt(one, 'name')}\t${textAt(one, 'namespace')}`),
];

export const describePodDisruptionBudget: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const limits = [['Min available', 'minAvailable'], ['Max unavailable', 'maxUnavailable']] as const;
  const limit = limits.filter(([, field]) => at(spec, field) !== undefined).slice(0, 1).map(([title, field]) => `${title}:\t${textAt(spec, field)}`);
  const selector = at(spec, 'selector');
  return [
    ...headLines(object), ...limit, ...(selector === undefined ? ['Selector:\t<unset>'] : [`Selector:\t${orNone(selectorText(selector).replace('<none>', ''))}`]), 'Status:', `    Allowed disruptions:\t${numberAt(status, 'disruptionsAllowed')}`, `    Current:\t${numberAt(status, 'currentHealthy')}`, `    Desired:\t${numberAt(status, 'desiredHealthy')}`, `    Total:\t${numberAt(status, 'expectedPods')}`, ...(await scope.eventLines()),
  ];
};
