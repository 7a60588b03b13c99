import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedRbac } from '../../src/apiserver/authorization/cached-rbac.ts';
import { RbacAuthorizer } from '../../src/apiserver/authorization/rbac.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { authorization } from '../../src/cluster/authorization.ts';
import { admin, startTestServer } from '../support/test-server.ts';
import { WebhookServer } from '../support/webhook-server.ts';

test('what a webhook was asked before the configuration changed, it still answers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-authorization-'));
  await using webhook = await new WebhookServer().start();
  await using server = await startTestServer();
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  webhook.behaviour = async ({ review }) => {
    arrived.resolve();
    await released.promise;
    return { ...review, status: { allowed: true, reason: 'asked before' } };
  };
  const kubeconfig = join(folder, 'webhook.yaml');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'w', contexts: [{ name: 'w', context: { cluster: 'w', user: 'w' } }], users: [{ name: 'w', user: {} }],
    clusters: [{ name: 'w', cluster: { server: webhook.url('/authorize'), 'certificate-authority-data': webhook.caBundle } }],
  }));
  const configFile = join(folder, 'authorization.yaml');
  const configure = (authorizers: object[]): void => writeFileSync(configFile, JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers }));
  configure([{ type: 'Webhook', name: 'w', webhook: { timeout: '30s', subjectAccessReviewVersion: 'v1', matchConditionSubjectAccessReviewVersion: 'v1', failurePolicy: 'Deny', connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig } } }]);

  const objects = (): CachedObjects => new CachedObjects(server.server.cacher);
  const chosen = authorization({ configFile, modes: [], policyFile: undefined, webhook: undefined } as never, { objects, rbac: new RbacAuthorizer(cachedRbac(objects)) }, { clock: new SystemClock(), logger: silentLogger, random: new SystemRandom() } as never);
  const [, chain] = chosen.authorizers;
  const attributes = { user: { ...admin, groups: [] }, verb: 'get', isResourceRequest: true, namespace: '', apiGroup: '', apiVersion: 'v1', resource: 'pods', subresource: '', name: 'a', path: '' };
  try {
    const answer = chain?.authorize(attributes as never);
    await arrived.promise;
    configure([{ type: 'RBAC', name: 'rbac' }]);
    await chosen.reload();
    released.resolve();
    assert.deepEqual(await answer, { decision: 'allow', reason: 'asked before' });
    assert.equal((await chain?.authorize(attributes as never))?.decision, 'no opinion');
  } finally {
    await chosen[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
});
