/** Plugins made by their arguments. Source: k8s.io/kube-scheduler/config/v1, types_pluginargs.go; pkg/scheduler/apis/config/validation, validation_pluginargs.go. */
import { isObject } from '../../apimachinery/patch/json.ts';
import { DecodeError, ValueError } from '../../apimachinery/schema/decode-error.ts';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { unknownFields } from '../../apimachinery/schema/unknown-fields.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateNodeSelector, validateNodeSelectorTerm } from '../../api/core/node-selector.ts';
import type { NodeAffinity } from '../../api/generated/core-v1.ts';
import { schemas } from '../../api/schemas.ts';
import type { Plugin } from '../framework.ts';
import { defaultPlugins } from '../plugins/index.ts';
import { balancedAllocation, balancedAllocationOf } from '../plugins/balanced-allocation.ts';
import { interPodAffinityWith } from '../plugins/inter-pod-affinity.ts';
import { nodeAffinityWith } from '../plugins/node-affinity.ts';
import { nodeResourcesFitWith } from '../plugins/node-resources-fit.ts';
import { type DefaultConstraint, podTopologySpreadWith } from '../plugins/pod-topology-spread.ts';
import { volumeBinding } from '../plugins/volume-binding.ts';
import { leastAllocated, mostAllocated, requestedToCapacityRatio, type ScoringStrategy, type ShapePoint, type WeighedResource } from '../plugins/scoring-strategy.ts';
import { CheckedObject, refuse, refuseValue } from './checked-object.ts';

type Make = (args: CheckedObject) => Plugin;

const NO_SKEW = 'not in valid range (0, inf)';
const NO_SLASH = "resource group name can't contain '/'";
const EQUAL: readonly WeighedResource[] = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];

function resourcesOf(strategy: CheckedObject): readonly WeighedResource[] {
  const resources = strategy.objects('resources').map((one) => {
    const name = one.text('name') ?? refuse(one.path.child('name'), 'Required value');
    const weight = one.integer('weight', { min: 0, max: 100, detail: `resource weight of ${name} not in valid range (0, 100]` }) || 1;
    one.end();
    return { name, weight };
  });
  return resources.length > 0 ? resources : EQUAL;
}

function shapeOf(strategy: CheckedObject): readonly ShapePoint[] {
  const ratio = strategy.object('requestedToCapacityRatio') ?? refuse(strategy.path.child('requestedToCapacityRatio'), 'Required value: at least one point must be specified');
  const shape = ratio.objects('shape').map((one) => {
    const utilization = one.integer('utilization', { min: 0, max: 100, detail: 'not in valid range [0, 100]' }) ?? 0;
    const score = one.integer('score', { min: 0, max: 10, detail: 'not in valid range [0, 10]' }) ?? 0;
    one.end();
    return { utilization, score };
  });
  ratio.end();
  if (shape.length === 0) refuse(ratio.path.child('shape'), 'Required value: at least one point must be specified');
  shape.forEach(({ utilization }, i) => {
    if (i > 0 && utilization <= (shape[i - 1]?.utilization ?? 0)) refuseValue(ratio.path.child('shape').index(i).child('utilization'), utilization, 'values must be sorted in increasing order');
  });
  return shape;
}

function strategyOf(args: CheckedObject): ScoringStrategy | undefined {
  const strategy = args.object('scoringStrategy');
  if (!strategy) return undefined;
  const [type, resources] = [strategy.text('type') ?? 'LeastAllocated', resourcesOf(strategy)];
  const shape = type === 'RequestedToCapacityRatio' ? shapeOf(strategy) : [];
  if (type !== 'RequestedToCapacityRatio') strategy.ignore('requestedToCapacityRatio');
  strategy.end();
  switch (type) {
    case 'LeastAllocated': return leastAllocated(resources);
    case 'MostAllocated': return mostAllocated(resources);
    case 'RequestedToCapacityRatio': return requestedToCapacityRatio(resources, shape);
    default: return refuse(strategy.path.child('type'), `Unsupported value: ${JSON.stringify(type)}: supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"`);
  }
}

const fit: Make = (args) => {
  const [ignoredResources, ignoredGroups] = [args.texts('ignoredResources'), args.texts('ignoredResourceGroups')];
  ignoredGroups.forEach((group, i) => {
    if (group.includes('/')) refuseValue(args.path.child('ignoredResourceGroups').index(i), group, NO_SLASH);
  });
  return nodeResourcesFitWith({ strategy: strategyOf(args), ignoredResources: new Set(ignoredResources), ignoredGroups: new Set(ignoredGroups) });
};

function constraintOf(one: CheckedObject): DefaultConstraint {
  const maxSkew = one.integer('maxSkew', { min: 1, detail: NO_SKEW }) ?? refuseValue(one.path.child('maxSkew'), 0, NO_SKEW);
  const topologyKey = one.text('topologyKey') || refuse(one.path.child('topologyKey'), 'Required value: can not be empty');
  const whenUnsatisfiable = one.text('whenUnsatisfiable') || refuse(one.path.child('whenUnsatisfiable'), 'Required value: can not be empty');
  if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway') {
    refuse(one.path.child('whenUnsatisfiable'), `Unsupported value: ${JSON.stringify(whenUnsatisfiable)}: supported values: "DoNotSchedule", "ScheduleAnyway"`);
  }
  one.lacks('labelSelector', 'Forbidden: constraint must not define a selector, as they deduced for each pod');
  one.end();
  return { maxSkew, topologyKey, whenUnsatisfiable };
}

const spread: Make = (args) => {
  const constraints = args.objects('defaultConstraints').map(constraintOf);
  const type = args.text('defaultingType') ?? 'System';
  if (type !== 'System' && type !== 'List') refuse(args.path.child('defaultingType'), `Unsupported value: ${JSON.stringify(type)}: supported values: "System", "List"`);
  if (type === 'System' && constraints.length > 0) refuseValue(args.path.child('defaultingType'), type, 'when .defaultConstraints are not empty');
  const twice = constraints.findIndex((one, i) => constraints.slice(0, i).some((other) => other.topologyKey === one.topologyKey && other.whenUnsatisfiable === one.whenUnsatisfiable));
  const { topologyKey = '', whenUnsatisfiable = '' } = constraints[twice] ?? {};
  if (twice >= 0) refuse(args.path.child('defaultConstraints').index(twice), `Duplicate value: "{${topologyKey}, ${whenUnsatisfiable}}"`);
  return podTopologySpreadWith(type === 'System' ? undefined : constraints);
};

const affinity: Make = (args) => interPodAffinityWith({
  hardPodAffinityWeight: args.integer('hardPodAffinityWeight', { min: 0, max: 100, detail: 'not in valid range [0, 100]' }) ?? 1,
  ignorePreferredTermsOfExistingPods: args.flag('ignorePreferredTermsOfExistingPods') ?? false,
});

const decoder = new ObjectDecoder(schemas);

const nodes: Make = (args) => {
  const [given, path] = [args.value('addedAffinity') ?? {}, args.path.child('addedAffinity')];
  const [unknown] = isObject(given) ? unknownFields(schemas, 'core.v1.NodeAffinity', given) : [];
  if (unknown !== undefined) refuse(path, `strict decoding error: ${unknown}`);
  const added = affinityOf(given, path);
  const errors = new FieldErrors();
  const required = added.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) validateNodeSelector(required, path.child('requiredDuringSchedulingIgnoredDuringExecution'), errors);
  (added.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach(({ preference }, i) => {
    validateNodeSelectorTerm(preference, path.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('preference'), errors);
  });
  const [cause] = errors.causes;
  if (cause) refuse(FieldPath.of(cause.field), cause.message);
  return nodeAffinityWith(added);
};

function affinityOf(given: unknown, path: FieldPath): NodeAffinity {
  try {
    return decoder.decode<NodeAffinity>('core.v1.NodeAffinity', given).object;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ValueError) refuse(path, error.message);
    throw error;
  }
}

const balanced: Make = (args) => {
  const names: string[] = [];
  for (const one of args.objects('resources')) {
    const name = one.text('name') ?? refuse(one.path.child('name'), 'Required value');
    if (names.includes(name)) refuse(one.path.child('name'), `Duplicate value: ${JSON.stringify(name)}`);
    one.integer('weight', { min: 0, max: 1, detail: 'must be 1' });
    one.end();
    names.push(name);
  }
  return names.length > 0 ? balancedAllocationOf(names) : balancedAllocation;
};

/** Nobody waits here until volumes are bound: the node does. */
const volumes: Make = (args) => {
  args.integer('bindTimeoutSeconds', { min: 0, detail: 'invalid BindTimeoutSeconds, should not be a negative value' });
  const shape = args.value('shape');
  if (shape !== undefined) refuseValue(args.path.child('shape'), shape, 'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring');
  return volumeBinding;
};

/** Every node is a candidate here. */
function checkPreemption(args: CheckedObject): void {
  const percentage = args.integer('minCandidateNodesPercentage', { min: 0, max: 100, detail: 'not in valid range [0, 100]' });
  const absolute = args.integer('minCandidateNodesAbsolute', { min: 0, detail: 'not in valid range [0, inf)' });
  if (percentage === 0 && absolute === 0) refuseValue(args.path.child('minCandidateNodesPercentage'), 0, 'cannot be zero at the same time as minCandidateNodesAbsolute');
}

const MAKERS: ReadonlyMap<string, Make> = new Map([['NodeResourcesFit', fit], ['NodeResourcesBalancedAllocation', balanced], ['VolumeBinding', volumes], ['NodeAffinity', nodes], ['PodTopologySpread', spread], ['InterPodAffinity', affinity]]);

/** `pluginConfig` of a profile: the plugins of the default profile by name, with the arguments that it gives them. Throws ConfigurationError. */
export function pluginsByArgs(configs: readonly CheckedObject[]): ReadonlyMap<string, Plugin> {
  const plugins = new Map(defaultPlugins.map((plugin) => [plugin.name, plugin]));
  const seen = new Set<string>();
  for (const config of configs) {
    const name = config.text('name') ?? refuse(config.path.child('name'), 'Required value');
    if (seen.has(name)) refuse(config.path, `Duplicate value: ${JSON.stringify(name)}`);
    seen.add(name);
    const args = config.object('args') ?? new CheckedObject({}, config.path.child('args'));
    config.end();
    checkKind(args, name);
    if (name === 'DefaultPreemption') checkPreemption(args);
    else plugins.set(name, makerOf(name, config.path)(args));
    args.end();
  }
  return plugins;
}

function makerOf(name: string, path: FieldPath): Make {
  return MAKERS.get(name) ?? refuse(path, `kubets reads no arguments of a plugin ${JSON.stringify(name)}; it does of: ${[...MAKERS.keys(), 'DefaultPreemption'].join(', ')}`);
}

function checkKind(args: CheckedObject, name: string): void {
  args.ignore('apiVersion');
  const kind = args.text('kind');
  if (kind !== undefined && kind !== `${name}Args`) refuseValue(args.path, kind, 'has to match plugin args');
}
