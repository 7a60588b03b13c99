import { PRINT_FLAGS, type Command } from '../../command.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { at, type KubeJson, textAt } from '../../kube-json.ts';
import { objectPrinter } from '../../printers/object-printer.ts';
import { alignRows } from '../../printers/table.ts';

export const whoami: Command = {
  name: 'whoami', usage: '', summary: 'Experimental: Check self subject attributes', flags: PRINT_FLAGS,
  run: async (context) => {
    const review = (await context.connection.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} } })) as KubeJson;
    const printer = objectPrinter(context, { keepsOrder: true });
    if (printer) return context.out(printer(inOrder(review)));
    const user = at(review, 'status', 'userInfo');
    const rows = [['ATTRIBUTE', 'VALUE'], ['Username', textAt(user, 'username')]];
    if (textAt(user, 'uid')) rows.push(['UID', textAt(user, 'uid')]);
    const groups = at(user, 'groups');
    if (Array.isArray(groups) && groups.length > 0) rows.push(['Groups', `[${groups.join(' ')}]`]);
    const extra = at(user, 'extra');
    for (const [key, values] of Object.entries(isObject(extra) ? extra : {}).sort(([a], [b]) => (a < b ? -1 : 1))) rows.push([`Extra: ${key}`, `[${(values as string[]).join(' ')}]`]);
    return context.out(alignRows(rows));
  },
};

/** As a typed client writes a review. */
function inOrder({ kind, apiVersion, metadata, ...review }: KubeJson): KubeJson {
  const user = at(review, 'status', 'userInfo');
  const { username, uid, groups, extra } = isObject(user) ? user : {};
  return { kind, apiVersion, metadata, status: { userInfo: { username, uid, groups, extra } } } as KubeJson;
}
