import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerNames } from '../controllers/names.ts';
import { chosenControllers } from './controller-choice.ts';

const known = controllerNames;
const all = known.filter(({ enabledByDefault }) => enabledByDefault).map(({ name }) => name as string);

for (const { name, list, added = [], lacking = [] } of [
  { name: 'what kubeadm writes', list: ['*', 'bootstrapsigner', 'tokencleaner'], added: ['bootstrap-signer-controller', 'token-cleaner-controller'] },
  { name: 'older names, left out', list: ['*', '-podgc', '-nodeipam'], lacking: ['pod-garbage-collector-controller', 'node-ipam-controller'] },
  { name: 'what kubets has not, left out', list: ['*', '-service-lb-controller', '-route', '-selinux-warning-controller'] },
]) test(`takes ${name}`, () => assert.deepEqual([...chosenControllers(list, known)].sort(), [...all, ...added].filter((one) => !lacking.some((other) => other === one)).sort()));

for (const list of [['deployments'], ['*', '-deployments'], ['service-lb-controller']]) {
  test(`refuses ${list.join(',')}`, () => assert.throws(() => chosenControllers(list, known), /^Error: --controllers: there is no controller "(deployments|service-lb-controller)"; there are: /));
}

test('every older name leads to a controller, here or elsewhere', () => {
  for (const name of ['endpoint', 'attachdetach', 'csrsigning', 'root-ca-cert-publisher', 'legacy-service-account-token-cleaner', 'resource-claim-controller', 'horizontalpodautoscaling']) {
    assert.equal(chosenControllers([name], known).size, 1, name);
  }
});
