import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import type { Command } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { listAt } from '../../kube-json.ts';
import { visitObjects } from '../../resources/select.ts';
import { changeObjects, SET_FLAGS } from './change.ts';

const RBAC = 'rbac.authorization.k8s.io';

export const subject: Command = {
  name: 'subject', usage: '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]', summary: 'Update the user, group, or service account in a role binding or cluster role binding',
  flags: { ...SET_FLAGS, user: flag.list('Usernames to bind to the role'), group: flag.list('Groups to bind to the role'), serviceaccount: flag.list('Service accounts to bind to the role') },
  run: async (context) => {
    const { flags, connection } = context;
    const added = [
      ...flags.list('user').map((name) => ({ apiGroup: RBAC, kind: 'User', name })),
      ...flags.list('group').map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
      ...flags.list('serviceaccount').map((text) => {
        const [first = '', second, more] = text.split(':');
        if (second === undefined || more !== undefined || second === '') throw new CommandError('serviceaccount must be <namespace>:<name>');
        return { kind: 'ServiceAccount', name: second, namespace: first || connection.namespace };
      }),
    ];
    if (added.length === 0) await visitObjects(context, async () => undefined);
    if (added.length === 0) throw new CommandError('you must specify at least one value of user, group or serviceaccount');
    await changeObjects(context, context.args, { verb: 'subjects updated' }, (object, info) => {
      if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') throw new CommandError(`${info.resource.resource}/${info.name} setting subjects is only supported for RoleBinding/ClusterRoleBinding`);
      const subjects = [...listAt(object, 'subjects')];
      const isSame = (a: JsonObject, b: JsonObject): boolean => ['kind', 'name', 'namespace'].every((field) => (a[field] ?? '') === (b[field] ?? ''));
      for (const one of added) if (!subjects.some((other) => isSame(other, one))) subjects.push(one);
      object['subjects'] = subjects;
    });
  },
};
