import { StatusError } from '../../../apimachinery/status.ts';
import type { CommandContext } from '../../command.ts';
import { waitUntilGone } from '../../deletion.ts';
import { withSource } from '../../errors.ts';
import type { KubeJson } from '../../kube-json.ts';
import type { Info } from '../../resources/select.ts';
import { postObject } from '../create.ts';

/** `apply --force` for what can not be changed: deletes the object and makes it anew; where that is refused the old one comes back. Source: kubectl pkg/cmd/apply, deleteAndCreate. */
export async function recreated(context: CommandContext, info: Info, modified: KubeJson, current: KubeJson): Promise<KubeJson> {
  const { connection } = context;
  await connection.request({ method: 'DELETE', path: connection.path(info.resource, info.namespace, info.name), body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', gracePeriodSeconds: 0 } });
  await waitUntilGone(context, { ...info, uid: current.metadata.uid }, 0);
  try {
    return await postObject(context, { ...info, object: modified });
  } catch (error) {
    try {
      await postObject(context, { ...info, object: current });
    } catch (restoring) {
      if (!StatusError.is(error) || !StatusError.is(restoring)) throw restoring;
      const message = `An error occurred force-replacing the existing object with the newly provided one:\n\n${error.message}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${restoring.message}`;
      throw new StatusError({ ...error.status, message }, { cause: error });
    }
    throw withSource(error, 'creating', info.source);
  }
}
