import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DaemonSet, StatefulSet } from '../../src/api/generated/apps-v1.ts';
import type { Job } from '../../src/api/generated/batch-v1.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { daemonSets, jobs, pods, replicaSets, replicationControllers, serviceAccounts, services, statefulSets } from '../../src/api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';
import { isGone, SHELL_IMAGE, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const NAMESPACE = 'apps';

/** The steps of conformance tests of sig-apps whose containers decide how they go on. */
suite('what the conformance tests ask of Jobs, StatefulSets and DaemonSets with real containers', { skip: unless(why === undefined, why ?? '') }, () => {
  let cluster: ShellCluster;
  const { signal } = new AbortController();
  const sh = (script: string): object => ({ name: 'c', image: SHELL_IMAGE, command: ['sh', '-c', script] });
  const podsOf = async (labelSelector: string): Promise<readonly DeepReadonly<Pod>[]> => (await cluster.client.resource(pods, NAMESPACE).list({ labelSelector, signal })).items;

  const runJob = async (name: string, spec: object, podSpec: object): Promise<DeepReadonly<Job>> => {
    await cluster.create(jobs, { metadata: { name }, spec: { ...spec, template: { metadata: { labels: { job: name } }, spec: { terminationGracePeriodSeconds: 1, ...podSpec } } } }, NAMESPACE);
    return cluster.until(`Job ${name} has ended`, async () => {
      const job = await cluster.client.resource(jobs, NAMESPACE).get(name, { signal });
      return job.status.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') && job;
    }, 300);
  };
  const conditions = ({ status }: DeepReadonly<Job>): (string | undefined)[][] => (status.conditions ?? []).map(({ type, reason }) => [type, reason]);
  const counts = ({ status }: DeepReadonly<Job>): (number | undefined)[] => [status.active ?? 0, status.ready, status.terminating, status.succeeded ?? 0, status.failed ?? 0];

  /** The next `count` pods of the StatefulSet that begin since the version at which there was the first alone, not ready, and which are ready at that moment. */
  const beginnings = async (count: number, resourceVersion: string): Promise<string[]> => {
    const ready = new Set<string>();
    const seen = new Set(['ss-0']);
    const begun: string[] = [];
    const query = { labelSelector: 'app=ss', resourceVersion };
    for await (const batch of await cluster.client.transport.watch({ method: 'GET', path: `/api/v1/namespaces/${NAMESPACE}/pods`, query, signal })) {
      for (const { object } of batch) {
        const { metadata: { name }, status } = object as unknown as Pod;
        if (!seen.has(name)) begun.push(`${name} after ${[...ready].sort().join()}`);
        seen.add(name);
        if (status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')) ready.add(name);
        else ready.delete(name);
      }
      if (begun.length >= count) break;
    }
    return begun;
  };

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', signal)));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('Job should run a job to completion when tasks sometimes fail and are locally restarted', async () => {
    const once = { ...sh('if [ -r /data/foo ]; then exit 0; else touch /data/foo; exit 1; fi'), volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const job = await runJob('fail-once-local', { parallelism: 2, completions: 4, backoffLimit: 999 }, { restartPolicy: 'OnFailure', containers: [once], volumes: [{ name: 'data', emptyDir: {} }] });
    assert.deepEqual(conditions(job), [['SuccessCriteriaMet', 'CompletionsReached'], ['Complete', 'CompletionsReached']]);
    assert.deepEqual(counts(job), [0, 0, 0, 4, 0]);
    assert.deepEqual((await podsOf('job=fail-once-local')).map(({ status }) => [status.phase, status.containerStatuses?.[0]?.restartCount]), Array.from({ length: 4 }, () => ['Succeeded', 1]));
  });

  test('Job should ignore pods that were evicted, by the DisruptionTarget condition', async () => {
    const script = 'if [ -r /data/foo-$JOB_COMPLETION_INDEX ]; then exit 0; fi; touch /data/foo-$JOB_COMPLETION_INDEX; sleep 1000000';
    // What is evicted has left its mark before.
    const readinessProbe = { exec: { command: ['sh', '-c', 'test -e /data/foo-$JOB_COMPLETION_INDEX'] }, periodSeconds: 1, timeoutSeconds: 30 };
    const container = { ...sh(script), volumeMounts: [{ name: 'data', mountPath: '/data' }], readinessProbe };
    const [machine] = await cluster.machines();
    const volumes = [{ name: 'data', hostPath: { path: join(cluster.dataDir, 'evicted'), type: 'DirectoryOrCreate' } }];
    const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] };
    const done = runJob('evicted', { completionMode: 'Indexed', parallelism: 3, completions: 3, backoffLimit: 2, podFailurePolicy }, { restartPolicy: 'Never', nodeName: machine?.name, containers: [container], volumes });
    const running = await cluster.until('three pods are ready', async () => {
      if (await isGone(cluster.client, jobs, NAMESPACE, 'evicted', signal)) return false;
      const { status } = await cluster.client.resource(jobs, NAMESPACE).get('evicted', { signal });
      const found = (await podsOf('job=evicted')).filter((pod) => pod.status.phase === 'Running');
      return status.ready === 3 && found.length === 3 && found;
    });
    await Promise.all(running.map(async ({ metadata: { name } }) => {
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } };
      await cluster.client.send({ method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, body, signal });
      await cluster.until(`${name} is gone`, () => isGone(cluster.client, pods, NAMESPACE, name, signal));
    }));
    const job = await done;
    assert.deepEqual(conditions(job), [['SuccessCriteriaMet', 'CompletionsReached'], ['Complete', 'CompletionsReached']]);
    assert.deepEqual([counts(job), job.status.completedIndexes], [[0, 0, 0, 3, 0], '0-2'], 'what was evicted has not failed');
  });

  for (const [kind, ref, selector] of [['ReplicaSet', replicaSets, { matchLabels: { app: 'serves' } }], ['ReplicationController', replicationControllers, { app: 'serves' }]] as const) {
    test(`${kind} should serve a basic image on each replica: each answers under its name through the API`, async () => {
      const template = { metadata: { labels: { app: 'serves' } }, spec: { terminationGracePeriodSeconds: 0, containers: [shellContainer({ lifecycle: undefined })] } };
      await cluster.create<KubeObject>(ref, { metadata: { name: 'serves' }, spec: { replicas: 2, selector, template } }, NAMESPACE);
      const replicas = await cluster.readyPods(NAMESPACE, 'app=serves', 2);
      for (const { metadata: { name, ownerReferences } } of replicas) {
        const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/proxy`;
        const ask = (at: string) => cluster.client.transport.send({ method: 'GET', path: at, query: {}, headers: {}, signal });
        assert.equal((await ask(path)).status, 301, 'which clients follow');
        assert.equal(String((await ask(`${path}/`)).body).trim(), name);
        assert.equal(ownerReferences?.[0]?.kind, kind);
      }
      await cluster.client.resource<KubeObject>(ref, NAMESPACE).delete('serves', { propagationPolicy: 'Background', signal });
      await cluster.until('its pods are gone', async () => (await podsOf('app=serves')).length === 0);
    });
  }

  test('Job with successPolicy should succeed even when some indexes remain pending', async () => {
    const spec = { completionMode: 'Indexed', parallelism: 2, completions: 5, backoffLimit: 6, successPolicy: { rules: [{ succeededIndexes: '0' }] } };
    const script = 'if [ "$JOB_COMPLETION_INDEX" = 0 ]; then exit 0; fi; sleep 600';
    const job = await runJob('success-policy', spec, { restartPolicy: 'Never', containers: [sh(script)] });
    assert.deepEqual(conditions(job), [['SuccessCriteriaMet', 'SuccessPolicy'], ['Complete', 'SuccessPolicy']]);
    assert.deepEqual([counts(job), job.status.completedIndexes], [[0, 0, 0, 1, 0], '0'], 'what is taken along has not failed');
    await cluster.until('the others are gone', async () => (await podsOf('job=success-policy')).every(({ status }) => status.phase === 'Succeeded'));
  });

  test('Job should fail early by the exit code of a pod, and takes the others along', async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
    const script = 'if [ "$JOB_COMPLETION_INDEX" = 1 ]; then exit 42; fi; sleep 600';
    const job = await runJob('fail-early', { completionMode: 'Indexed', parallelism: 2, completions: 2, podFailurePolicy: { rules } }, { restartPolicy: 'Never', containers: [sh(script)] });
    assert.deepEqual(conditions(job), [['FailureTarget', 'PodFailurePolicy'], ['Failed', 'PodFailurePolicy']]);
    assert.deepEqual(counts(job), [0, 0, 0, 0, 2]);
    assert.match(job.status.conditions?.[0]?.message ?? '', /^Container c for pod apps\/fail-early-1-\w{5} failed with exit code 42 matching FailJob rule at index 0$/);
  });

  test('StatefulSet: scaling should happen in predictable order and halt if any stateful pod is unhealthy', async () => {
    const sets = cluster.client.resource(statefulSets, NAMESPACE);
    const labels = { app: 'ss' };
    await cluster.create(services, { metadata: { name: 'test' }, spec: { clusterIP: 'None', selector: labels, ports: [{ port: 8080 }] } }, NAMESPACE);
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [shellContainer({ lifecycle: undefined })] } };
    await cluster.create(statefulSets, { metadata: { name: 'ss' }, spec: { replicas: 1, serviceName: 'test', selector: { matchLabels: labels }, template } }, NAMESPACE);
    const scale = async (replicas: number): Promise<void> => {
      const { metadata: { generation = 0 } } = await sets.patch('ss', { type: 'merge', patch: { spec: { replicas } } }, { signal });
      await cluster.until('the controller has seen it', async () => ((await sets.get('ss', { signal })).status.observedGeneration ?? 0) >= generation);
    };
    const eachPod = async (script: string): Promise<void> => {
      for (const { status } of await podsOf('app=ss')) await cluster.run(status.podIP ?? '', script);
    };
    const readyReplicas = (count: number): Promise<DeepReadonly<StatefulSet>> => cluster.until(`${count} are ready`, async () => {
      const set = await sets.get('ss', { signal });
      return (set.status.readyReplicas ?? 0) === count && set;
    });
    const names = async (): Promise<string[]> => (await podsOf('app=ss')).map(({ metadata }) => metadata.name).sort();
    await readyReplicas(1);
    await eachPod('mv /www/name /tmp/name');
    await readyReplicas(0);
    await scale(3);
    assert.deepEqual(await names(), ['ss-0'], 'no other begins while the first is not ready');
    const { metadata: { resourceVersion = '' } } = await cluster.client.resource(pods, NAMESPACE).list({ labelSelector: 'app=ss', signal });
    const order = beginnings(2, resourceVersion);
    await eachPod('mv /tmp/name /www/name');
    await readyReplicas(3);
    assert.deepEqual(await order, ['ss-1 after ss-0', 'ss-2 after ss-0,ss-1'], 'each begins once those before it are ready');
    await eachPod('mv /www/name /tmp/name');
    await readyReplicas(0);
    await scale(0);
    assert.deepEqual(await names(), ['ss-0', 'ss-1', 'ss-2'], 'none goes while those before it are not ready');
    await eachPod('mv /tmp/name /www/name');
    await cluster.until('all have gone', async () => (await names()).length === 0);
    await sets.delete('ss', { signal });
  });

  test('Daemon set should rollback without unnecessary restarts', async () => {
    const sets = cluster.client.resource(daemonSets, NAMESPACE);
    const labels = { app: 'ds' };
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [shellContainer({ lifecycle: undefined })] } };
    await cluster.create(daemonSets, { metadata: { name: 'ds' }, spec: { selector: { matchLabels: labels }, template } }, NAMESPACE);
    const settled = (holds: (set: DeepReadonly<DaemonSet>) => boolean, what: string): Promise<DeepReadonly<DaemonSet>> => cluster.until(what, async () => {
      const set = await sets.get('ds', { signal });
      return set.status.observedGeneration === set.metadata.generation && holds(set) && set;
    });
    const image = (to: string): Promise<unknown> => sets.patch('ds', { type: 'json', patch: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: to }] }, { signal });
    await settled(({ status }) => status.numberAvailable === 2 && status.desiredNumberScheduled === 2, 'both run');
    const before = await podsOf('app=ds');
    await image('foo:non-existent');
    await cluster.until('one waits for an image that there is not', async () => (await podsOf('app=ds')).some(({ status }) => /ImagePull/.test(status.containerStatuses?.[0]?.state?.waiting?.reason ?? '')));
    const survivors = new Set((await podsOf('app=ds')).map(({ metadata }) => metadata.uid));
    const untouched = before.filter(({ metadata }) => survivors.has(metadata.uid));
    assert.equal(untouched.length, 1, 'the other waits for it');
    await image(SHELL_IMAGE);
    await settled(({ status }) => status.numberAvailable === 2 && status.updatedNumberScheduled === 2, 'both run again');
    const now = await podsOf('app=ds');
    assert.deepEqual(now.filter(({ metadata }) => metadata.uid === untouched[0]?.metadata.uid).map(({ status }) => status.containerStatuses?.[0]?.restartCount), [0]);
    await sets.delete('ds', { propagationPolicy: 'Foreground', signal });
  });
});
