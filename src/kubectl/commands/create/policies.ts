import type { Command } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { parseLabelSelector } from '../../../apimachinery/selectors/label-selector.ts';
import { SelectorError } from '../../../apimachinery/selectors/errors.ts';
import type { Requirement } from '../../../apimachinery/selectors/requirement.ts';
import { givenQuantity } from '../../given-quantity.ts';
import { generator } from './generator.ts';

export const namespace: Command = generator({
  name: 'namespace', aliases: ['ns'], usage: 'NAME', summary: 'Create a namespace with the specified name', flags: {},
  make: (_context, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }),
});

export const quota: Command = generator({
  name: 'quota', failure: 'failed to create quota: ', aliases: ['resourcequota'], usage: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]', summary: 'Create a quota with the specified name',
  flags: { hard: flag.list('A comma-delimited set of resource=quantity pairs that define a hard limit.'), scopes: flag.list('A comma-delimited set of quota scopes.') },
  make: (context, name) => {
    const hard = Object.fromEntries(context.flags.list('hard').map((pair) => {
      const [resource = '', value, more] = pair.split('=');
      if (value === undefined || more !== undefined) throw new CommandError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      return [resource, givenQuantity(value)];
    }));
    const scopes = context.flags.list('scopes');
    return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { ...(Object.keys(hard).length > 0 && { hard }), ...(scopes.length > 0 && { scopes }) }, status: {} };
  },
});

export const pdb: Command = generator({
  name: 'poddisruptionbudget', failure: 'failed to create poddisruptionbudgets: ', aliases: ['pdb'], usage: 'NAME --selector=SELECTOR --min-available=N', summary: 'Create a pod disruption budget with the specified name',
  flags: { 'min-available': flag.string('The minimum number or percentage of available pods this budget requires.'), 'max-unavailable': flag.string('The maximum number or percentage of unavailable pods this budget requires.'), selector: flag.string('A label selector to use for this budget.') },
  make: (context, name) => {
    const { flags } = context;
    const [least, most, selector] = [flags.string('min-available'), flags.string('max-unavailable'), flags.string('selector')];
    if (!selector) throw new CommandError('a selector must be specified');
    if (!least && !most) throw new CommandError('one of min-available or max-unavailable must be specified');
    if (least && most) throw new CommandError('min-available and max-unavailable cannot be both specified');
    const value = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);
    const matchLabels: Record<string, string> = {};
    const matchExpressions: object[] = [];
    for (const { key, operator, values } of requirementsOf(selector)) {
      if (operator === '=' || operator === '==') matchLabels[key] = [...values][0] ?? '';
      else matchExpressions.push({ key, operator: { in: 'In', notin: 'NotIn', '!=': 'NotIn', exists: 'Exists', '!': 'DoesNotExist' }[operator as 'in'], ...([...values].length > 0 && { values: [...values] }) });
    }
    const labelSelector = { ...(Object.keys(matchLabels).length > 0 && { matchLabels }), ...(matchExpressions.length > 0 && { matchExpressions }) };
    return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { ...(least && { minAvailable: value(least) }), ...(most && { maxUnavailable: value(most) }), selector: labelSelector }, status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } };
  },
});

function requirementsOf(selector: string): readonly Requirement[] {
  try {
    return parseLabelSelector(selector).requirements;
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError(`couldn't parse the selector string ${JSON.stringify(selector)}: ${error.message}`, { cause: error });
  }
}

export const priorityclass: Command = generator({
  name: 'priorityclass', failure: 'failed to create priorityclass: ', aliases: ['pc'], usage: 'NAME --value=VALUE --global-default=BOOL', summary: 'Create a priority class with the specified name',
  flags: { value: flag.int('the value of this priority class.'), 'global-default': flag.bool('whether this PriorityClass should be considered as the default priority.'), description: flag.string('an arbitrary string describing when this priority class should be used.'), 'preemption-policy': flag.string('the policy for preempting pods with lower priority.', { default: 'PreemptLowerPriority' }) },
  make: (context, name) => {
    const { flags } = context;
    return {
      apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: flags.int('value'), ...(flags.bool('global-default') && { globalDefault: true }),
      ...(flags.string('description') && { description: flags.string('description') }), preemptionPolicy: flags.string('preemption-policy'),
    };
  },
});
