import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, fieldManagerFlag } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { withLastApplied } from '../last-applied.ts';
import { groupVersion } from '../resources/rest-mapper.ts';
import { visitObjects } from '../resources/select.ts';
import { createMade } from './create/generator.ts';

const CPU_TARGET_NOT_SET = -1;

export const autoscale: Command = {
  name: 'autoscale', usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]', summary: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-autoscale'),
    min: flag.int('The lower limit for the number of pods that can be set by the autoscaler.', { default: '-1' }),
    max: flag.int('The upper limit for the number of pods that can be set by the autoscaler. Required.', { default: '-1' }),
    'cpu-percent': flag.int('The target average CPU utilization (represented as a percent of requested CPU) over all the pods.', { default: '-1' }),
    name: flag.string('The name for the newly created object. If not specified, the name of the input resource will be used.'),
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
  },
  run: async (context) => {
    const { flags } = context;
    if (!flags.has('max')) throw new CommandError('required flag(s) "max" not set');
    const [min, max, cpu] = [flags.int('min'), flags.int('max'), flags.int('cpu-percent')];
    if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min) throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const count = await visitObjects(context, async ({ resource, name, object }) => {
      if (!resource.subresources.includes('scale')) throw new CommandError(`cannot autoscale a ${object.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.resource} in discovery information`);
      const metrics = cpu === CPU_TARGET_NOT_SET ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } }];
      const made: KubeJson = {
        apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: flags.string('name') || name },
        spec: { maxReplicas: max, ...(metrics.length > 0 && { metrics }), ...(min > 0 && { minReplicas: min }), scaleTargetRef: { apiVersion: groupVersion(resource), kind: object.kind ?? '', name } },
        status: { currentMetrics: null, desiredReplicas: 0 },
      };
      await createMade(context, flags.bool('save-config') ? withLastApplied(made) : made, 'autoscaled', { placesDryRun: false });
    });
    if (count === 0) throw new CommandError('no objects passed to autoscale');
  },
};
