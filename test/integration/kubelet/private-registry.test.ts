import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Container, ContainerStatus, Pod } from '../../../src/api/generated/core-v1.ts';
import { pods, secrets } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { type PrivateRegistry, startPrivateRegistry } from '../support/private-registry.ts';
import { isReady, type NodeUnderTest, startNode } from './node-under-test.ts';

const NEVER = new AbortController().signal;

describe('images of private registries', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  let registry: PrivateRegistry;
  before(async () => {
    registry = await startPrivateRegistry(['team/one', 'team/two', 'team/three', 'team/four']);
    registry.users.set('ann', 'secret');
    node = await startNode();
    await credentials('good', 'kubernetes.io/dockerconfigjson', { auths: { [registry.host]: { auth: Buffer.from('ann:secret').toString('base64') } } });
    await credentials('same', 'kubernetes.io/dockerconfigjson', { auths: { [registry.host]: { auth: Buffer.from('ann:secret').toString('base64') } } });
    await credentials('old', 'kubernetes.io/dockercfg', { [`http://${registry.host}/v1/`]: { username: 'ann', password: 'secret' } });
    await credentials('bad', 'kubernetes.io/dockerconfigjson', { auths: { [`${registry.host}/team`]: { username: 'ann', password: 'wrong' } } });
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  async function credentials(name: string, type: string, config: object): Promise<void> {
    const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
    await node.client.resource(secrets, 'default').create({ metadata: { name, namespace: 'default' }, type, data: { [key]: Buffer.from(JSON.stringify(config)).toString('base64') } }, { signal: NEVER });
  }

  function pod(name: string, repository: string, pullSecrets: readonly string[], imagePullPolicy: Container['imagePullPolicy'] = 'IfNotPresent'): Draft<Pod> {
    return {
      metadata: { name, namespace: 'default' },
      spec: {
        terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
        containers: [{ name: 'main', image: `${registry.host}/${repository}:1`, resources: {}, imagePullPolicy, command: ['sleep', '1000'] }],
      },
      status: {},
    };
  }

  const waits = (reason: string, message: RegExp) => ({ status }: DeepReadonly<Pod>): boolean => {
    const waiting = (status.containerStatuses as DeepReadonly<ContainerStatus[]> | undefined)?.[0]?.state?.waiting;
    return waiting?.reason === reason && message.test(waiting.message ?? '');
  };

  test('without credentials an image cannot be pulled: the pod waits, with why, and longer each time', async () => {
    await node.create(pod('nobody', 'team/one', ['missing']));
    await node.until('nobody', waits('ErrImagePull', /(?:401 Unauthorized|authorization failed|insufficient_scope)/));
    await node.until('nobody', waits('ImagePullBackOff', new RegExp(`^Back-off pulling image "${registry.host}/team/one:1": ErrImagePull: rpc error: code = `)));
    await node.untilEvent('nobody', 'FailedToRetrieveImagePullSecret', /^Unable to retrieve some image pull secrets \(missing\); attempting to pull the image may not succeed\.$/);
    await node.untilEvent('nobody', 'BackOff', new RegExp(`^Back-off pulling image "${registry.host}/team/one:1"$`));
    await node.untilEvent('nobody', 'Failed', /^Error: ImagePullBackOff$/);
    await node.remove('nobody');
    await node.untilGone('nobody');
  });

  test('with credentials of a secret it is pulled; an image that is there is given to those only who could pull it', async () => {
    await node.create(pod('first', 'team/one', ['bad', 'good']));
    await node.until('first', isReady);
    await node.untilEvent('first', 'Pulled', new RegExp(`^Successfully pulled image "${registry.host}/team/one:1" in [\\d.]+m?s \\([\\d.]+m?s including waiting\\)\\. Image size: \\d+ bytes\\.$`));
    // The longer path is tried first, and refused.
    const answers = registry.asked.filter(({ user }) => user === 'ann').map(({ allowed }) => allowed);
    assert.deepEqual([answers[0], answers.at(-1)], [false, true]);
    await node.create(pod('second', 'team/one', ['same']));
    await node.until('second', isReady);
    await node.untilEvent('second', 'Pulled', /already present on machine and can be accessed by the pod$/);
    await node.create(pod('stranger', 'team/one', []));
    await node.until('stranger', waits('ImagePullBackOff', /./));
    await node.create(pod('silent-stranger', 'team/one', [], 'Never'));
    await node.until('silent-stranger', waits('ErrImageNeverPull', new RegExp(`^Container image "${registry.host}/team/one:1" is not present with pull policy of Never$`)));
    await node.create(pod('old-form', 'team/one', ['old']));
    await node.until('old-form', isReady);
    await node.untilEvent('old-form', 'Pulled', /^Successfully pulled image/);
    for (const name of ['first', 'second', 'stranger', 'silent-stranger', 'old-form']) await node.remove(name);
  });

  test('who may use what is still known after a restart of the kubelet', async () => {
    await node.kubelet[Symbol.asyncDispose]();
    await node.startKubelet();
    await node.create(pod('later', 'team/one', ['good'], 'Never'));
    await node.until('later', isReady);
    await node.create(pod('later-stranger', 'team/one', [], 'Never'));
    await node.until('later-stranger', waits('ErrImageNeverPull', /./));
    assert.equal((await readdir(join(node.containerd.root, 'kubelet', 'image_manager', 'pulled'))).length, 1);
    assert.deepEqual(await readdir(join(node.containerd.root, 'kubelet', 'image_manager', 'pulling')), []);
    for (const name of ['later', 'later-stranger']) await node.remove(name);
  });

  test("the node's own credentials are everybody's", async () => {
    const config = join(node.containerd.root, 'kubelet', 'config.json');
    await mkdir(join(config, '..'), { recursive: true });
    await writeFile(config, JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from('ann:secret').toString('base64') } } }));
    try {
      await node.create(pod('of-the-node', 'team/two', []));
      await node.until('of-the-node', isReady);
    } finally {
      await rm(config);
    }
    await node.create(pod('any', 'team/two', [], 'Never'));
    await node.until('any', isReady);
  });

  test('volumes of images are pulled with the credentials of their pod', async () => {
    const draft = pod('volume', 'team/three', ['good']);
    const made = { ...draft, spec: { ...draft.spec, volumes: [{ name: 'image', image: { reference: `${registry.host}/team/four:1` } }], containers: draft.spec.containers.map((one) => ({ ...one, volumeMounts: [{ name: 'image', mountPath: '/image' }] })) } };
    await node.create(made);
    await node.until('volume', isReady);
    assert.ok((await node.client.resource(pods, 'default').get('volume', { signal: NEVER })).status.containerStatuses?.[0]?.imageID);
  });
});
