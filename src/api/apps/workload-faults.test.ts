import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, made, statusFaults, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
import type { KindDefinition } from '../kind.ts';
import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import { replicaSet } from './replica-set.ts';
import { statefulSet } from './stateful-set.ts';

const template = (container: Fields = {}, spec: Fields = {}): Fields => ({ metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec } });
const workload = (others: Fields = {}): Fields => ({ spec: { selector: { matchLabels: { a: 'b' } }, template: template(), ...others } });
const claims = (spec: Fields): Fields => ({ volumeClaimTemplates: [{ metadata: { name: 'v' }, spec }] });
const mounts = (...names: string[]): Fields => ({ template: template({ volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) }) });

const PERCENT = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

interface Row {
  readonly name: string;
  readonly kind: KindDefinition;
  readonly fields: Fields;
  readonly expected: string[];
}

suite('what is wrong with new workloads', () => {
  const odd = '{"Type":"X","RollingUpdate":null}';
  const cases: readonly Row[] = [
    { name: 'a strategy', kind: deployment, fields: workload({ strategy: { type: 'X' } }), expected: [`spec.strategy: Unsupported value: ${odd}: supported values: "Recreate", "RollingUpdate"`] },
    { name: 'a rollout that cannot move', kind: deployment, fields: workload({ strategy: { rollingUpdate: { maxSurge: '0%', maxUnavailable: 0 } } }), expected: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'] },
    { name: 'a strategy of daemons', kind: daemonSet, fields: workload({ updateStrategy: { type: 'X' } }), expected: [`spec.updateStrategy: Unsupported value: ${odd}: supported values: "RollingUpdate", "OnDelete"`] },
    { name: 'both ways to roll daemons', kind: daemonSet, fields: workload({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '10%' } } }), expected: ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'] },
    { name: 'a rollout of texts', kind: deployment, fields: workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '5x' } } }), expected: [
      `spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "5x": ${PERCENT}`, 'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "5x": may not be 0 when `maxSurge` is 0',
    ] },
    { name: 'daemons by texts and too many', kind: daemonSet, fields: workload({ updateStrategy: { rollingUpdate: { maxUnavailable: '101%', maxSurge: 'x' } } }), expected: [
      `spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "x": ${PERCENT}`, 'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ] },
    { name: 'a strategy of sets', kind: statefulSet, fields: workload({ updateStrategy: { type: 'X' } }), expected: [`spec.updateStrategy: Invalid value: ${odd}: must be 'RollingUpdate' or 'OnDelete'`] },
    { name: 'claims are volumes of the pods', kind: statefulSet, fields: workload({ ...claims({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }), ...mounts('v', 'w') }), expected: ['spec.template.spec.containers[0].volumeMounts[1].name: Not found: "w"'] },
    { name: 'claims of a set', kind: statefulSet, fields: workload(claims({ accessModes: ['X'] })), expected: ['spec.volumeClaimTemplates[0].spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"', 'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(kind, fields), expected));
});

suite('what workloads may not report', () => {
  const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
  const most = ['status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas', 'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas'];
  test('a deployment', () => assert.deepEqual(statusFaults(deployment, { status }, workload()), [...most, 'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas']));
  test('a replica set', () => assert.deepEqual(statusFaults(replicaSet, { status }, workload()), [...most, 'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas']));
  test('a set', () => assert.deepEqual(statusFaults(statefulSet, { status }, workload()), [...most, 'status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas']));
});

suite('what workloads are warned of', () => {
  const env = { env: [{ name: 'A', value: 'x' }, { name: 'A', value: 'x' }] };
  const hidden = 'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply';
  const dotted = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]';
  const cases: readonly Row[] = [
    { name: 'a deployment', kind: deployment, fields: { metadata: { name: 'a.b' }, ...workload({ template: template(env) }) }, expected: [dotted, hidden] },
    { name: 'a replica set', kind: replicaSet, fields: { metadata: { name: 'a.b' }, ...workload({ template: template(env) }) }, expected: [dotted, hidden] },
    { name: 'a daemon set', kind: daemonSet, fields: { metadata: { name: 'a.b' }, ...workload({ template: template(env) }) }, expected: [hidden] },
    {
      name: 'a stateful set', kind: statefulSet, fields: workload({ revisionHistoryLimit: -1, template: template(env), ...claims({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100m' } } }) }),
      expected: [hidden, 'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer', 'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'],
    },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createWarnings(kind, fields), expected));
});

test('how many pods of a set may be missing is not kept, nor judged: its feature is off', () => {
  const rolling = (rollingUpdate: Fields): Fields => workload({ serviceName: 's', updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
  assert.deepEqual((made(statefulSet, rolling({ maxUnavailable: 2 })) as { spec?: Fields }).spec?.['updateStrategy'], { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  assert.deepEqual(createFaults(statefulSet, rolling({ maxUnavailable: 0 })), []);
  assert.deepEqual(updateFaults(statefulSet, rolling({ maxUnavailable: '101%' }), rolling({ partition: 1 })), []);
});
