/** Which plugins a profile uses for what. Source: "Scheduler Configuration"; pkg/scheduler/apis/config/v1/default_plugins.go, pkg/scheduler/framework/runtime. */
import type { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { type CheckedObject, refuse } from './checked-object.ts';

const POINTS = ['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'reserve', 'permit', 'preBind', 'bind', 'postBind'] as const;
type Point = (typeof POINTS)[number];

interface Known {
  readonly points: readonly Point[];
  /** 0: the default one. */
  readonly weight: number;
}

const FILTERS: readonly Point[] = ['preFilter', 'filter'];
const BOTH: readonly Point[] = ['preFilter', 'filter', 'preScore', 'score'];

/** The plugins that there are, in the order of the default profile, with what each of them does in kubets. */
const PLUGINS: ReadonlyMap<string, Known> = new Map(Object.entries({
  SchedulingGates: { points: ['preEnqueue'], weight: 0 }, PrioritySort: { points: ['queueSort'], weight: 0 }, NodeUnschedulable: { points: ['filter'], weight: 0 }, NodeName: { points: ['filter'], weight: 0 },
  TaintToleration: { points: ['filter', 'preScore', 'score'], weight: 3 }, NodeAffinity: { points: BOTH, weight: 2 }, NodePorts: { points: FILTERS, weight: 0 }, NodeResourcesFit: { points: BOTH, weight: 1 },
  VolumeRestrictions: { points: FILTERS, weight: 0 }, NodeVolumeLimits: { points: FILTERS, weight: 0 }, VolumeBinding: { points: [...FILTERS, 'reserve', 'preBind'], weight: 0 }, VolumeZone: { points: FILTERS, weight: 0 }, PodTopologySpread: { points: BOTH, weight: 2 }, InterPodAffinity: { points: BOTH, weight: 2 },
  NodeDeclaredFeatures: { points: FILTERS, weight: 0 }, DynamicResources: { points: ['preEnqueue', ...FILTERS, 'score', 'reserve', 'preBind'], weight: 1 }, DefaultPreemption: { points: ['postFilter'], weight: 0 }, NodeResourcesBalancedAllocation: { points: ['preScore', 'score'], weight: 1 },
  ImageLocality: { points: ['preScore', 'score'], weight: 1 }, DefaultBinder: { points: ['bind'], weight: 0 },
} satisfies Record<string, Known>));

/** What cannot be taken away: the scheduler does it, not a plugin. */
const FIXED: readonly Point[] = ['preEnqueue', 'queueSort', 'reserve', 'preBind', 'bind'];

/** What a plugin is used for. */
export interface PluginUse {
  readonly name: string;
  readonly preFilters: boolean;
  readonly filters: boolean;
  readonly scores: boolean;
  /** Of its scores. */
  readonly weight: number;
}

interface PluginSet {
  readonly enabled: readonly { readonly name: string; readonly weight: number; readonly path: FieldPath }[];
  readonly disabled: ReadonlySet<string>;
}

function setOf(given: CheckedObject | undefined): PluginSet {
  const named = (list: 'enabled' | 'disabled'): PluginSet['enabled'] => (given?.objects(list) ?? []).map((one) => {
    const name = one.text('name') ?? refuse(one.path.child('name'), 'Required value');
    const weight = one.integer('weight', { min: 0, max: 100, detail: 'not in valid range [0-100]' }) ?? 0;
    one.end();
    return { name, weight, path: one.path };
  });
  const [enabled, disabled] = [named('enabled'), named('disabled')];
  given?.end();
  return { enabled, disabled: new Set(disabled.map(({ name }) => name)) };
}

/** Weights by name, in order. Those enabled take the place of the default ones of their name, or come last. */
function merged(base: ReadonlyMap<string, number>, { enabled, disabled }: PluginSet): Map<string, number> {
  const result = new Map([...base].filter(([name]) => !disabled.has('*') && !disabled.has(name)));
  const seen = new Set<string>();
  for (const { name, weight, path } of enabled) {
    if (!PLUGINS.has(name)) refuse(path, `kubets has no plugin ${JSON.stringify(name)}; there are: ${[...PLUGINS.keys()].join(', ')}`);
    if (seen.has(name)) refuse(path, `plugin ${JSON.stringify(name)} already registered`);
    seen.add(name);
    result.set(name, weight || 1);
  }
  return result;
}

function pointName(point: Point): string {
  return point.slice(0, 1).toUpperCase() + point.slice(1);
}

/** `plugins` of a profile; undefined: the default ones. Throws ConfigurationError. */
export function pluginUses(plugins: CheckedObject | undefined, path: FieldPath): { readonly uses: readonly PluginUse[]; readonly preempts: boolean } {
  const everywhere = merged(new Map([...PLUGINS].map(([name, { weight }]) => [name, weight])), setOf(plugins?.object('multiPoint')));
  const at = new Map<Point, ReadonlyMap<string, number>>();
  for (const point of POINTS) {
    const set = setOf(plugins?.object(point));
    for (const { name, path: where } of set.enabled) if (PLUGINS.get(name)?.points.includes(point) === false) refuse(where, `plugin ${JSON.stringify(name)} does not extend ${pointName(point)} plugin`);
    at.set(point, merged(new Map([...everywhere].filter(([name]) => PLUGINS.get(name)?.points.includes(point))), set));
  }
  plugins?.end();
  const isAt = (name: string, point: Point): boolean => at.get(point)?.has(name) ?? false;
  for (const [name, { points }] of PLUGINS) {
    const lacking = points.find((point) => FIXED.includes(point) && !isAt(name, point));
    if (lacking !== undefined) refuse(path.child('plugins'), `kubets cannot do without the ${pointName(lacking)} plugin ${JSON.stringify(name)}`);
    if (points.includes('preScore') && isAt(name, 'score') && !isAt(name, 'preScore')) refuse(path.child('plugins', 'preScore'), `the plugin ${JSON.stringify(name)} cannot score without it`);
  }
  const ordered = new Set([...everywhere.keys(), ...POINTS.flatMap((point) => [...(at.get(point)?.keys() ?? [])])]);
  const uses = [...ordered].map((name): PluginUse => ({
    name, preFilters: isAt(name, 'preFilter') || !PLUGINS.get(name)?.points.includes('preFilter'), filters: isAt(name, 'filter'), scores: isAt(name, 'score'), weight: at.get('score')?.get(name) ?? 0,
  }));
  return { uses, preempts: isAt('DefaultPreemption', 'postFilter') };
}
