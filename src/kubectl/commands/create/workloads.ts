import type { Command, CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { at, type KubeJson } from '../../kube-json.ts';
import { generator } from './generator.ts';

/** What stands after `--`. */
function commandOf(context: CommandContext): string[] {
  return context.argsBeforeDash < 0 ? [] : context.args.slice(context.argsBeforeDash);
}

export const deployment: Command = generator({
  name: 'deployment', required: ['image'], failure: 'failed to create deployment: ', aliases: ['deploy'], usage: 'NAME --image=image -- [COMMAND] [args...]', summary: 'Create a deployment with the specified name',
  flags: { image: flag.list('Image names to run.'), port: flag.int('The containerPort that this deployment exposes.', { default: '-1' }), replicas: flag.int('Number of replicas to create.', { short: 'r', default: '1' }) },
  make: (context, name) => {
    const images = context.flags.list('image');
    const command = commandOf(context);
    const port = context.flags.int('port');
    if (images.length === 0) throw new CommandError('required flag(s) "image" not set');
    if (images.length > 1 && command.length > 0) throw new CommandError('cannot specify multiple --image options and command');
    const containers = images.map((image, index) => ({
      name: (image.split('/').at(-1) ?? '').split(/[:@]/)[0]?.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-') ?? '', image,
      ...(command.length > 0 && { command }), ...(port >= 0 && index === 0 && { ports: [{ containerPort: port }] }), resources: {},
    }));
    const labels = { app: name };
    return {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels },
      spec: { replicas: context.flags.int('replicas'), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } }, status: {},
    };
  },
});

const jobSpec = (name: string, image: string, command: readonly string[], restartPolicy: string): object => ({
  template: { metadata: {}, spec: { containers: [{ name, image, ...(command.length > 0 && { command }), resources: {} }], restartPolicy } },
});

export const job: Command = generator({
  name: 'job', failure: 'failed to create job: ', usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]', summary: 'Create a job with the specified name',
  flags: { image: flag.string('Image name to run.'), from: flag.string('The name of the resource to create a Job from (only cronjob is supported).') },
  make: async (context, name): Promise<KubeJson> => {
    const { connection, flags } = context;
    const [image, from] = [flags.string('image'), flags.string('from')];
    if ((image === '') === (from === '')) throw new CommandError('either --image or --from must be specified');
    if (image) return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: jobSpec(name, image, commandOf(context), 'Never'), status: {} };
    const [type = '', cronJobName = ''] = from.split('/');
    const resource = await connection.lookUp((mapper) => mapper.resource(type));
    if (resource.kind !== 'CronJob') throw new CommandError('from must be an existing cronjob');
    const cronJob = await connection.get(resource, connection.namespace, cronJobName);
    const template = at(cronJob, 'spec', 'jobTemplate') as KubeJson;
    return {
      apiVersion: 'batch/v1', kind: 'Job',
      metadata: {
        name, ...(template.metadata?.labels && { labels: template.metadata.labels }), annotations: { ...template.metadata?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cronJobName, uid: cronJob.metadata.uid ?? '', controller: true }],
      },
      spec: template['spec'], status: {},
    };
  },
});

export const cronjob: Command = generator({
  name: 'cronjob', required: ['image', 'schedule'], failure: 'failed to create cronjob: ', aliases: ['cj'], usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]", summary: 'Create a cron job with the specified name',
  flags: { image: flag.string('Image name to run.'), schedule: flag.string('A schedule in the Cron format the job should be run with.'), restart: flag.string("job's restart policy. supported values: OnFailure, Never") },
  make: (context, name) => {
    const { flags } = context;
    const jobTemplate = { metadata: { name }, spec: jobSpec(name, flags.string('image'), commandOf(context), flags.string('restart') || 'OnFailure') };
    return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { jobTemplate, schedule: flags.string('schedule') }, status: {} };
  },
});
