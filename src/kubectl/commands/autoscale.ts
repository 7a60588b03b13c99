import { canonicalQuantity, QuantityError } from '../../apimachinery/quantity.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, fieldManagerFlag } from '../command.ts';
import { dryRunOf } from '../dry-run.ts';
import { CommandError } from '../errors.ts';
import { flag, type Flags } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { withLastApplied } from '../last-applied.ts';
import { groupVersion } from '../resources/rest-mapper.ts';
import { visitObjects } from '../resources/select.ts';
import { createMade } from './create/generator.ts';


export const autoscale: Command = {
  name: 'autoscale', usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]', summary: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-autoscale'),
    min: flag.int('The lower limit for the number of pods that can be set by the autoscaler.', { default: '-1' }),
    max: flag.int('The upper limit for the number of pods that can be set by the autoscaler. Required.', { default: '-1' }),
    cpu: flag.string('The CPU that pods are to use on average: 70% of what they request, or an amount such as 500m.'),
    memory: flag.string('The memory that pods are to use on average: 60% of what they request, or an amount such as 200Mi.'),
    'cpu-percent': flag.int('The target average CPU utilization, in percent of what is requested.', { default: '-1', deprecated: "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU)." }),
    name: flag.string('The name for the newly created object. If not specified, the name of the input resource will be used.'),
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
  },
  run: async (context) => {
    const { flags } = context;
    if (!flags.has('max')) throw new CommandError('required flag(s) "max" not set');
    const [min, max] = [flags.int('min'), flags.int('max')];
    if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min) throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const metrics = metricsOf(flags);
    const count = await visitObjects(context, async ({ resource, name, object }) => {
      if (!resource.subresources.includes('scale')) throw new CommandError(`cannot autoscale a ${object.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.resource} in discovery information`);
      const made: KubeJson = {
        apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: flags.string('name') || name },
        spec: { maxReplicas: max, ...(metrics.length > 0 && { metrics }), ...(min > 0 && { minReplicas: min }), scaleTargetRef: { apiVersion: groupVersion(resource), kind: object.kind ?? '', name } },
        status: { currentMetrics: null, desiredReplicas: 0 },
      };
      await createMade(context, flags.bool('save-config') ? withLastApplied(made) : made, dryRunOf(flags) === 'client' ? 'created' : 'autoscaled');
    });
    if (count === 0) throw new CommandError('no objects passed to autoscale');
  },
};

const CPU_TARGET_NOT_SET = -1;

function metricsOf(flags: Flags): object[] {
  const percent = flags.int('cpu-percent');
  if (flags.has('cpu-percent') && flags.string('cpu') !== '') throw new CommandError('--cpu-percent and --cpu are mutually exclusive');
  const targets = [['cpu', percent === CPU_TARGET_NOT_SET ? targetOf('cpu', flags.string('cpu'), 'm') : { type: 'Utilization', averageUtilization: percent }], ['memory', targetOf('memory', flags.string('memory'), 'Mi')]] as const;
  return targets.flatMap(([name, target]) => (target ? [{ type: 'Resource', resource: { name, target } }] : []));
}

/** `70%`, or an amount; a number alone is in `unit`. */
function targetOf(name: string, text: string, unit: string): object | undefined {
  if (text === '') return undefined;
  if (text.endsWith('%')) {
    const number = text.slice(0, -1);
    if (!/^\+?\d+$/.test(number)) throw new CommandError(`invalid percentage value: ${number}`);
    return { type: 'Utilization', averageUtilization: Number(number) };
  }
  try {
    return { type: 'AverageValue', averageValue: canonicalQuantity(/^[-+]?[\d.]+$/.test(text) ? text + unit : text) };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new CommandError(`invalid resource ${name} value: ${text}`, { cause: error });
  }
}
