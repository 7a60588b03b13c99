import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, ReplicaSet } from '../../api/generated/apps-v1.ts';
import { planRollback } from './rollback.ts';

const template = (image: string, labels: object = {}): object => ({ metadata: { labels: { app: 'web', ...labels } }, spec: { containers: [{ name: 'c', image }] } });
const deployment = (to: string, spec: object = {}): Deployment => ({ metadata: { name: 'web', annotations: { 'deprecated.deployment.rollback.to': to, 'deployment.kubernetes.io/revision': '3', cause: 'edit' } }, spec: { template: template('three'), ...spec } }) as unknown as Deployment;
const set = (revision: string, image: string): ReplicaSet => ({ metadata: { name: `web-${revision}`, annotations: { 'deployment.kubernetes.io/revision': revision, 'deployment.kubernetes.io/desired-replicas': '1', cause: `made ${image}` } }, spec: { template: template(image, { 'pod-template-hash': revision }) } }) as unknown as ReplicaSet;
const SETS = [set('1', 'one'), set('2', 'two'), set('3', 'three')];

for (const { name, to, sets = SETS, image = 'three', cause = 'edit', event } of [
  { name: 'to a revision', to: '1', image: 'one', cause: 'made one', event: 'Normal DeploymentRollback: Rolled back deployment "web" to revision 1' },
  { name: 'to the one before', to: '0', image: 'two', cause: 'made two', event: 'Normal DeploymentRollback: Rolled back deployment "web" to revision 2' },
  { name: 'to one that is not there', to: '7', event: 'Warning DeploymentRollbackRevisionNotFound: Unable to find the revision to rollback to.' },
  { name: 'to the one before the first', to: '0', sets: SETS.slice(2), event: 'Warning DeploymentRollbackRevisionNotFound: Unable to find last revision.' },
  { name: 'to the present one', to: '3', event: 'Warning DeploymentRollbackTemplateUnchanged: The rollback revision contains the same template as current deployment "web"' },
]) {
  test(`a Deployment is rolled back ${name}`, () => {
    const plan = planRollback(deployment(to), sets);
    assert.equal(plan && `${plan.event.type} ${plan.event.reason}: ${plan.event.message}`, event);
    assert.deepEqual(plan?.deployment.spec.template, template(image));
    assert.deepEqual(plan?.deployment.metadata.annotations, { 'deployment.kubernetes.io/revision': '3', cause });
  });
}

test('a Deployment that is paused is not rolled back, nor by a wish that is no number', () => {
  assert.equal(planRollback(deployment('1', { paused: true }), SETS), undefined);
  assert.equal(planRollback(deployment('one'), SETS), undefined);
});
