import { isDeepStrictEqual } from 'node:util';
import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from '../../api/flowcontrol/bootstrap.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import * as refs from '../../api/refs.ts';
import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../base/clock.ts';

const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

type Configuration = KubeObject & { spec?: unknown };

/**
 * Writes the flow schemas and priority levels that every cluster has. Mandatory ones are put back as they are to be; suggested ones only where their annotation, or
 * nobody's change so far, says so. Source: "API Priority and Fairness", Maintenance of the Mandatory and Suggested Configuration Objects.
 */
export async function ensureFlowControlObjects(client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  await ensureAll<PriorityLevelConfiguration>(client, refs.priorityLevelConfigurations, { mandatory: mandatoryPriorityLevels, suggested: suggestedPriorityLevels }, signal);
  await ensureAll<FlowSchema>(client, refs.flowSchemas, { mandatory: mandatoryFlowSchemas, suggested: suggestedFlowSchemas }, signal);
  await tellDangling(client, clock, signal);
}

async function ensureAll<T extends Configuration>(client: Client, ref: ResourceRef<T>, wanted: { mandatory: readonly Draft<T>[]; suggested: readonly Draft<T>[] }, signal: AbortSignal): Promise<void> {
  const { items } = await client.resource(ref).list({ signal });
  const known = new Map(items.map((one) => [one.metadata.name, one]));
  await Promise.all([
    ...wanted.mandatory.map((draft) => ensure(client, ref, { draft, stored: known.get(draft.metadata.name ?? ''), isMandatory: true }, signal)),
    ...wanted.suggested.map((draft) => ensure(client, ref, { draft, stored: known.get(draft.metadata.name ?? ''), isMandatory: false }, signal)),
  ]);
}

async function ensure<T extends Configuration>(client: Client, ref: ResourceRef<T>, { draft, stored, isMandatory }: { draft: Draft<T>; stored: DeepReadonly<T> | undefined; isMandatory: boolean }, signal: AbortSignal): Promise<void> {
  const resource = client.resource(ref);
  try {
    if (!stored) {
      await resource.create(draft, { signal });
      return;
    }
    const { spec } = draft as unknown as { spec: unknown };
    const annotation = stored.metadata.annotations?.[AUTO_UPDATE];
    const isOurs = isMandatory || (annotation === undefined ? stored.metadata.generation === 1 : annotation === 'true');
    if (!isOurs || sameSpec(spec, (stored as DeepReadonly<Configuration>).spec)) return;
    await resource.update({ ...(stored as T), spec } as T, { signal });
  } catch (error) {
    // Another server is at the same work.
    if (!hasReason(error, 'AlreadyExists', 'Conflict', 'NotFound')) throw error;
  }
}

function sameSpec(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** Says in each schema's status whether its priority level is there. */
async function tellDangling(client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  const [schemas, levels] = await Promise.all([client.resource(refs.flowSchemas).list({ signal }), client.resource(refs.priorityLevelConfigurations).list({ signal })]);
  const names = new Set(levels.items.map(({ metadata }) => metadata.name));
  await Promise.all(schemas.items.map(async (schema) => {
    const { name: level } = schema.spec.priorityLevelConfiguration;
    const status = names.has(level) ? 'False' : 'True';
    const before = schema.status.conditions?.find(({ type }) => type === 'Dangling');
    if (before?.status === status) return;
    const message = status === 'False' ? `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} and it exists` : `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} but there is no such object`;
    const condition = { type: 'Dangling', status, lastTransitionTime: formatTime(clock.now()), reason: status === 'False' ? 'Found' : 'NotFound', message };
    try {
      await client.resource(refs.flowSchemas).patchStatus(schema.metadata.name, { type: 'strategic', patch: { status: { conditions: [condition] } } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }));
}
