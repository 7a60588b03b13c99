import assert from 'node:assert/strict';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { namespaces, pods } from '../../../src/api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../src/apimachinery/meta.ts';
import { forbidden, hasReason } from '../../../src/apimachinery/status.ts';
import type { AdmissionPlugin } from '../../../src/apiserver/admission/plugin.ts';
import { ApiServer } from '../../../src/apiserver/index.ts';
import { reconcileDefaultPolicy } from '../../../src/apiserver/authorization/bootstrap/reconcile.ts';
import { cachedRbac } from '../../../src/apiserver/authorization/cached-rbac.ts';
import { RbacAuthorizer, superuserAuthorizer } from '../../../src/apiserver/authorization/rbac.ts';
import { CachedObjects } from '../../../src/apiserver/cacher/cached-objects.ts';
import { type Clock, SystemClock } from '../../../src/base/clock.ts';
import type { Component } from '../../../src/base/lifecycle.ts';
import { silentLogger, TextLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { Client } from '../../../src/client/client.ts';
import { InformerFactory } from '../../../src/client/informer-factory.ts';
import { type ControllerOptions, controllers, defaultControllerOptions } from '../../../src/controllers/index.ts';
import { MemoryStore } from '../../../src/storage/memory/memory-store.ts';
import { admin } from '../../support/test-server.ts';

export interface ControllersUnderTest extends AsyncDisposable {
  readonly client: Client;
  readonly signal: AbortSignal;
  /** Waits until `holds`, asked of the API again and again, gives something true; fails after two minutes. */
  readonly until: <R>(what: string, holds: () => Promise<R>) => Promise<Exclude<R, false | undefined>>;
}

/** The API server in process on a memory store, with the named controllers, each as its own service account under the default roles. Under a virtual `clock` the test moves time on. */
export async function startControllers(names: readonly string[], options: Partial<ControllerOptions> = {}, clock: Clock = new SystemClock()): Promise<ControllersUnderTest> {
  const random = new SystemRandom();
  const real = new SystemClock();
  const stop = new AbortController();
  const { signal } = stop;
  const logger = process.env['LOG'] ? new TextLogger({ clock, level: 'debug', write: (line) => console.error(line) }) : silentLogger;
  const store = new MemoryStore({ clock });
  await store.start(signal);
  const server = new ApiServer({ store, clock, random, logger, authenticators: [], authorizers: [superuserAuthorizer, new RbacAuthorizer(cachedRbac(() => cached))], admission: [refuseInTerminatingNamespaces(() => clientOf('admin', ['system:masters']), signal)] });
  const cached = new CachedObjects(server.cacher);
  await server.start(signal);
  const clientOf = (name: string, groups: readonly string[]): Client => new Client({ transport: server.transportFor({ ...admin, name, groups: [...groups] }), clock });
  const adminClient = clientOf('admin', ['system:masters']);
  for (const name of ['kube-system', 'kube-public']) await adminClient.resource(namespaces).create({ metadata: { name }, spec: {} }, { signal });
  await reconcileDefaultPolicy(adminClient, signal);
  const informers = new InformerFactory({ client: clientOf('system:kube-controller-manager', ['system:masters']), clock, random, logger });
  const parts: Component[] = controllers
    .filter(({ name }) => names.includes(name))
    .map(({ serviceAccount, create }) =>
      create({ client: clientOf(`system:serviceaccount:kube-system:${serviceAccount}`, ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated']), informers, clock, random, logger, options: defaultControllerOptions({ rootCA: 'CA', ...options }) }),
    );
  assert.equal(parts.length, names.length, 'a controller is not in the registry');
  await informers.start(signal);
  for (const part of parts) await part.start(signal);
  return {
    client: adminClient,
    signal,
    until: async (what, holds) => {
      for (const deadline = Date.now() + 120_000; ; ) {
        const found = await holds();
        if (found) return found as Exclude<typeof found, false | undefined>;
        assert(Date.now() < deadline, `it never came true: ${what}`);
        await real.sleep(10, signal);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) await part[Symbol.asyncDispose]();
      await informers[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      stop.abort();
    },
  };
}

/** What NamespaceLifecycle does for controllers: without it they would fill a namespace as fast as it is emptied. */
function refuseInTerminatingNamespaces(client: () => Client, signal: AbortSignal): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (operation, { namespace }) => operation === 'CREATE' && namespace !== '',
    validate: async ({ namespace, resource, name }) => {
      const { metadata } = await client().resource(namespaces).get(namespace, { signal });
      if (!metadata.deletionTimestamp) return;
      const error = forbidden({ group: '', resource }, name, `unable to create new content in namespace ${namespace} because it is being terminated`);
      error.status.details = { ...error.status.details, causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }] };
      throw error;
    },
  };
}

/** Plays the kubelet: binds the pods of a namespace to nodes, runs them and calls them ready. */
export async function runPods({ client, signal }: ControllersUnderTest, namespace: string): Promise<readonly DeepReadonly<Pod>[]> {
  const { items } = await client.resource(pods, namespace).list({ signal });
  for (const [index, pod] of items.entries()) {
    if (pod.metadata.deletionTimestamp) {
      await client.resource(pods, namespace).delete(pod.metadata.name, { gracePeriodSeconds: 0, signal }).catch(unlessRaced);
      continue;
    }
    if (pod.status.phase === 'Running') continue;
    const podIP = `10.1.${Math.floor(index / 200)}.${(Number.parseInt(pod.metadata.uid.slice(0, 4), 16) % 250) + 1}`;
    const now = new Date().toISOString();
    const status = { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] };
    await client.resource(pods, namespace).updateStatus({ ...pod, status } as Pod, { signal }).catch(unlessRaced);
  }
  return items;
}

export const named = (list: { readonly items: readonly DeepReadonly<KubeObject>[] }): string[] => list.items.map(({ metadata }) => metadata.name).sort();

/** Plays the kubelet to the end: pods of a namespace succeed, or fail where `fails` says so; deleted ones are gone. */
export async function endPods({ client, signal }: ControllersUnderTest, namespace: string, fails: (pod: DeepReadonly<Pod>) => boolean = () => false): Promise<void> {
  const resource = client.resource(pods, namespace);
  for (const pod of (await resource.list({ signal })).items) {
    const { phase } = pod.status;
    if (phase !== 'Succeeded' && phase !== 'Failed') {
      const status = { ...pod.status, phase: fails(pod) ? 'Failed' : 'Succeeded' };
      await resource.updateStatus({ ...pod, status } as Pod, { signal }).catch(unlessRaced);
    }
    if (pod.metadata.deletionTimestamp) await resource.delete(pod.metadata.name, { gracePeriodSeconds: 0, signal }).catch(unlessRaced);
  }
}

function unlessRaced(error: unknown): void {
  if (!hasReason(error, 'Conflict', 'NotFound')) throw error;
}
