import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole } from '../../api/generated/rbac-v1.ts';
import { planRules } from './plan.ts';

const rule = (resource: string): object => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
const role = (name: string, labels: object, resources: string[], more: object = {}): ClusterRole => ({ metadata: { name, labels }, rules: resources.map(rule), ...more }) as unknown as ClusterRole;
const aggregating = (resources: string[]): ClusterRole => role('view', { view: 'true' }, resources, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { view: 'true' } }] } });

test('gathers the rules of the roles that are selected, each once, in the order of their names, its own left out', () => {
  const others = [role('b', { view: 'true' }, ['pods', 'nodes']), role('a', { view: 'true' }, ['pods']), role('c', {}, ['secrets'])];
  assert.deepEqual(planRules(aggregating([]), [...others, aggregating([])]), [rule('pods'), rule('nodes')]);
  assert.equal(planRules(aggregating(['pods', 'nodes']), others), undefined);
});
