import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import { hasReason } from '../../../apimachinery/status.ts';
import type { CommandContext } from '../../command.ts';
import { fieldValueOf, resourceValue } from '../../describe/containers.ts';
import { at, type KubeJson, listAt, textAt } from '../../kube-json.ts';
import type { Info } from '../../resources/select.ts';

const TOLD = /^metadata\.(?:name|namespace|uid|(?:labels|annotations)\['.*'\])$/;

/** Where a value comes from, and how it is had with `--resolve`. */
interface Reference {
  readonly text: string;
  resolve(): Promise<string>;
}

/** `set env --list`: the variables of containers; with `--resolve` what they come to, and at last of which that cannot be told. Source: kubectl pkg/cmd/set/env, GetEnvVarRefValue. */
export async function listVariables(context: CommandContext, info: Info, containers: readonly JsonObject[]): Promise<void> {
  const objects = new Map<string, Promise<KubeJson>>();
  for (const container of containers) {
    context.out(`# ${info.object.kind} ${info.name}, container ${textAt(container, 'name')}\n`);
    const failures = new Map<string, string[]>();
    for (const one of listAt(container, 'env')) context.out(`${await lineOf(context, { info, container, one, objects, failures })}\n`);
    const lines = [...failures].map(([why, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${why}`).sort();
    if (lines.length > 0) context.err(`${lines.join('\n')}\n`);
  }
}

interface Variable {
  readonly info: Info;
  readonly container: JsonObject;
  readonly one: JsonObject;
  readonly objects: Map<string, Promise<KubeJson>>;
  /** Names of variables, by what keeps their values from being told. */
  readonly failures: Map<string, string[]>;
}

async function lineOf(context: CommandContext, variable: Variable): Promise<string> {
  const { one, failures } = variable;
  const name = textAt(one, 'name');
  if (at(one, 'valueFrom') === undefined) return `${name}=${textAt(one, 'value')}`;
  const reference = referenceOf(context, variable);
  if (!context.flags.bool('resolve')) return `# ${name} from ${reference.text}`;
  try {
    return `${name}=${await reference.resolve()}`;
  } catch (error) {
    if (!(error instanceof UnknownValue) && !hasReason(error, 'NotFound', 'Forbidden')) throw error;
    failures.set(error.message, [...(failures.get(error.message) ?? []), name]);
    return `# ${name} from ${reference.text}`;
  }
}

class UnknownValue extends Error {
  override readonly name = 'UnknownValue';
}

function referenceOf(context: CommandContext, { info, container, one, objects }: Variable): Reference {
  const from = at(one, 'valueFrom');
  for (const [field, type] of [['configMapKeyRef', 'configmap'], ['secretKeyRef', 'secret']] as const) {
    const ref = at(from, field);
    if (ref !== undefined) return { text: `${type} ${textAt(ref, 'name')}, key ${textAt(ref, 'key')}`, resolve: () => keyOf(context, { type, ref, namespace: info.namespace, objects }) };
  }
  const [field, resource] = [at(from, 'fieldRef'), at(from, 'resourceFieldRef')];
  if (field !== undefined) return { text: `field path ${textAt(field, 'fieldPath')}`, resolve: () => fieldOf(info.object, textAt(field, 'fieldPath')) };
  if (resource === undefined) return { text: 'invalid valueFrom', resolve: () => Promise.reject(new UnknownValue('invalid valueFrom')) };
  const other = textAt(resource, 'containerName');
  return { text: `resource field ${other ? `${other}/` : ''}${textAt(resource, 'resource')}`, resolve: () => Promise.resolve(resourceValue(resource, container)) };
}

/** What the object itself tells: the rest is known on a node. */
function fieldOf(object: KubeJson, path: string): Promise<string> {
  return TOLD.test(path) ? Promise.resolve(fieldValueOf(object)(path)) : Promise.reject(new UnknownValue(`unsupported fieldPath: ${path}`));
}

async function keyOf({ connection }: CommandContext, { type, ref, namespace, objects }: { readonly type: 'configmap' | 'secret'; readonly ref: unknown; readonly namespace: string | undefined; readonly objects: Variable['objects'] }): Promise<string> {
  const [name, key] = [textAt(ref, 'name'), textAt(ref, 'key')];
  const resource = await connection.lookUp((mapper) => mapper.resource(type));
  const id = `${type}/${name}`;
  if (!objects.has(id)) objects.set(id, connection.get(resource, namespace, name));
  const value = at(await objects.get(id), 'data', key);
  if (typeof value !== 'string') throw new UnknownValue(`key ${key} not found in ${type === 'secret' ? 'secret' : 'config map'} ${name}`);
  return type === 'secret' ? Buffer.from(value, 'base64').toString() : value;
}
