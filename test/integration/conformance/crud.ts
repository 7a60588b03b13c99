import assert from 'node:assert/strict';
import type { ConformanceApi, Json, PatchType, Thing } from './conformance-api.ts';

export interface CrudCase {
  /** `/apis/GROUP/VERSION/...`, of the collection. */
  readonly url: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly initial: Json;
  readonly updateSpec: (thing: Thing) => void;
  readonly patchSpec: Json;
  readonly updateStatus?: (thing: Thing) => void;
  readonly patchStatus?: Json;
  readonly jsonPatchSpec?: readonly Json[];
  readonly jsonPatchStatus?: readonly Json[];
}

const PATCHES: readonly PatchType[] = ['strategic-merge-patch+json', 'apply-patch+yaml', 'merge-patch+json'];

/** The steps of the suite's generic test of an API endpoint (test/e2e/framework/conformance): create, get, update, status, each patch, list, delete, delete the collection; with what a watch tells. */
export async function playCrud(api: ConformanceApi, one: CrudCase): Promise<void> {
  const label = `e2e-test.kubernetes.io=${one.kind.toLowerCase()}`;
  const initial = { apiVersion: one.apiVersion, kind: one.kind, ...one.initial, metadata: { ...one.initial.metadata, labels: { 'e2e-test.kubernetes.io': one.kind.toLowerCase() } } };
  const url = `${one.url}/${initial.metadata.name}`;
  await using watch = api.watch(`${one.url}?labelSelector=${encodeURIComponent(label)}`);
  const everywhere = one.url.replace(/\/namespaces\/[^/]+/, '');
  const [, group, version, resource] = /^\/apis\/([^/]+)\/([^/]+)\/(?:namespaces\/[^/]+\/)?(\w+)$/.exec(one.url) ?? [];
  assert((await api.get(`/apis/${group}/${version}`)).resources.some((known: Json) => known.name === resource));
  const restart = async (): Promise<Thing> => {
    await api.delete(url);
    await api.untilGone(url);
    await watch.until('it was deleted', ({ type }) => type === 'DELETED');
    const again = await api.create(`${one.url}?fieldValidation=Strict`, initial);
    await watch.until('it was made again', ({ type }) => type === 'ADDED');
    return again;
  };
  const created = await api.create(`${one.url}?fieldValidation=Strict`, initial);
  await watch.next('ADDED');
  assert.equal((await api.get(url)).metadata.uid, created.metadata.uid);
  const updated = await api.update(url, one.updateSpec);
  assert(BigInt(updated.metadata.resourceVersion) > BigInt(created.metadata.resourceVersion));
  await watch.until('it was updated', ({ type }) => type === 'MODIFIED');
  if (one.updateStatus) {
    const told = await api.update(`${url}/status`, one.updateStatus);
    await watch.until('its status was updated', ({ type }) => type === 'MODIFIED');
    assert.deepEqual((await api.get(`${url}/status`)).status, told.status);
  }
  const patch = async (part: Json, type: PatchType, target: string): Promise<void> => {
    const again = await restart();
    if (target.endsWith('/status')) {
      await api.update(url, one.updateSpec);
      await watch.until('it was updated again', ({ type: event }) => event === 'MODIFIED');
    }
    const whole = Array.isArray(part) ? part : { apiVersion: one.apiVersion, kind: one.kind, ...part, metadata: { ...part.metadata, name: again.metadata.name, namespace: again.metadata.namespace, uid: again.metadata.uid } };
    const query = type === 'apply-patch+yaml' ? 'fieldManager=test-apply&force=true&fieldValidation=Strict' : 'fieldValidation=Strict';
    const patched = await api.patch(`${target}?${query}`, whole, type);
    assert.equal(patched.metadata.uid, again.metadata.uid);
    const seen = await watch.until('it was patched', ({ type: event }) => event === 'MODIFIED');
    assert.equal(seen.metadata.resourceVersion, patched.metadata.resourceVersion);
  };
  for (const type of PATCHES) await patch(one.patchSpec, type, url);
  if (one.jsonPatchSpec) await patch(one.jsonPatchSpec, 'json-patch+json', url);
  if (one.patchStatus) for (const type of PATCHES) await patch(one.patchStatus, type, `${url}/status`);
  if (one.jsonPatchStatus) await patch(one.jsonPatchStatus, 'json-patch+json', `${url}/status`);
  for (const collection of new Set([one.url, everywhere])) {
    assert.deepEqual((await api.get(`${collection}?labelSelector=${encodeURIComponent(label)}`)).items.map(({ metadata }) => metadata.name), [initial.metadata.name]);
  }
  await api.delete(`${one.url}?labelSelector=${encodeURIComponent(label)}`);
  await api.untilGone(url);
  await watch.until('the collection was deleted', ({ type }) => type === 'DELETED');
}
