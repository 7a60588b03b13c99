import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import type { Command } from '../../command.ts';
import { CommandError, oneOf } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { givenQuantity } from '../../given-quantity.ts';
import { mapAt } from '../../kube-json.ts';
import { visitObjects } from '../../resources/select.ts';
import { changeObjects, containersMatching, podSpecOf, requireTargets, SET_FLAGS, splitSettings } from './change.ts';

export const image: Command = {
  name: 'image', usage: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N', summary: 'Update the image of a pod template', flags: SET_FLAGS,
  run: async (context) => {
    const { resources: words, settings } = splitSettings(context.args, (arg) => arg.indexOf('=') > 0);
    const images = new Map(settings.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals <= 0) throw new CommandError(`all resources must be specified before image changes: ${pair}`);
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }));
    requireTargets(context, words);
    if (images.size === 0) {
      await visitObjects(context, async () => undefined, words); // a missing object is told first
      throw new CommandError('at least one image update is required');
    }
    if (images.size > 1 && images.has('*')) throw new CommandError('all containers are already specified by *, but saw more than one container_name=container_image pairs');
    const missing: CommandError[] = [];
    await changeObjects(context, words, { verb: 'image updated' }, (object, info) => {
      const spec = podSpecOf(object, info);
      for (const [name, value] of images) {
        const found = containersMatching(spec, name === '*' ? '*' : name);
        if (found.length === 0) missing.push(new CommandError(`error: unable to find container named ${JSON.stringify(name)}`));
        for (const container of found) container['image'] = value;
      }
    });
    if (missing.length > 0) throw oneOf(missing); // the other images are set all the same
  },
};

export const serviceAccount: Command = {
  name: 'serviceaccount', aliases: ['sa'], usage: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT', summary: 'Update the service account of a resource', flags: SET_FLAGS,
  run: async (context) => {
    if (context.args.length === 0) throw new CommandError('serviceaccount is required');
    requireTargets(context, context.args.slice(0, -1));
    const name = context.args.at(-1) ?? '';
    await changeObjects(context, context.args.slice(0, -1), { verb: 'serviceaccount updated', alwaysPrints: true }, (object, info) => {
      podSpecOf(object, info)['serviceAccountName'] = name;
    });
  },
};

export const resources: Command = {
  name: 'resources', usage: '(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]', summary: 'Update resource requests/limits on objects with pod templates',
  flags: {
    ...SET_FLAGS, containers: flag.string('The names of containers in the selected pod templates to change, may use wildcards', { short: 'c', default: '*' }),
    limits: flag.string("The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."), requests: flag.string("The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
  },
  run: async (context) => {
    const { flags } = context;
    requireTargets(context, context.args);
    if (!flags.string('limits') && !flags.string('requests')) throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const given = { limits: quantitiesOf(flags.string('limits')), requests: quantitiesOf(flags.string('requests')) };
    await changeObjects(context, context.args, { verb: 'resource requirements updated' }, (object, info) => {
      const found = containersMatching(podSpecOf(object, info), flags.string('containers'));
      if (found.length === 0) throw new CommandError(`unable to find container named ${flags.string('containers')}`);
      for (const container of found) {
        const requirements = { ...(container['resources'] as JsonObject | undefined) };
        for (const [field, values] of Object.entries(given)) {
          const merged: Record<string, string> = { ...mapAt(requirements, field), ...values };
          for (const [name, value] of Object.entries(values)) if (/^0\D*$/.test(value)) delete merged[name];
          if (Object.keys(merged).length > 0) requirements[field] = merged;
          else delete requirements[field];
        }
        container['resources'] = requirements;
      }
    });
  },
};

function quantitiesOf(text: string): Record<string, string> {
  if (text === '') return {};
  return Object.fromEntries(text.split(',').map((pair) => {
    const [name = '', value, more] = pair.split('=');
    if (value === undefined || more !== undefined) throw new CommandError(`invalid argument syntax ${pair}, expected <resource>=<value>`);
    return [name, givenQuantity(value)];
  }));
}
