/** What the sig-storage tests of Kubernetes' conformance suite check on a node, step by step, on a real containerd. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { configMaps, namespaces, pods, secrets } from '../../../src/api/refs.ts';
import type { ConfigMap, Container, PodSpec, Volume } from '../../../src/api/generated/core-v1.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, hasEnded, lastWords, onePod, podOfCase, sh, type PodCase } from './pod-cases.ts';

const NEVER = new AbortController().signal;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const CONFIG = { name: 'config', data: { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' } };
const mounted = (path: string): Partial<Container> => ({ volumeMounts: [{ name: 'v', mountPath: path }] });
const volume = (source: Omit<Volume, 'name'>): Partial<PodSpec> => ({ volumes: [{ name: 'v', ...source }] });
const asUser = { securityContext: { runAsUser: 1000 } };
const items = (mode?: number): { items: { key: string; path: string; mode?: number }[] } => ({ items: [{ key: 'data-2', path: 'path/to/data-2', ...(mode !== undefined && { mode }) }] });
const LIMITS = { resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } } };

/** `(root,0644,tmpfs)` and its eleven siblings. */
function emptyDirCases(): PodCase[] {
  return [undefined, 1001].flatMap((runAsUser) => ['644', '666', '777'].flatMap((mode) => ['', 'Memory'].map((medium): PodCase => ({
    name: `EmptyDir volumes should support (${runAsUser === undefined ? 'root' : 'non-root'},0${mode},${medium === '' ? 'default' : 'tmpfs'})`,
    script: `umask 0; echo "mount-tester new file" > /v/f; chmod ${mode} /v/f; stat -c %a /v/f; cat /v/f${medium === '' ? '' : '; stat -f -c %T /v'}`,
    container: mounted('/v'),
    spec: { ...volume({ emptyDir: medium === '' ? {} : { medium } }), securityContext: { seLinuxOptions: { level: 's0' }, ...(runAsUser !== undefined && { runAsUser }) } },
    expected: `${mode}\nmount-tester new file${medium === '' ? '' : '\ntmpfs'}`,
  }))));
}

/** The tests that config maps, secrets and their projections have in common. */
function keyedCases(kind: 'ConfigMap' | 'Secrets', projected: boolean): PodCase[] {
  const prefix = projected ? `Projected ${kind === 'ConfigMap' ? 'configMap' : 'secret'}` : kind;
  const source = (more: { items?: { key: string; path: string; mode?: number }[] } = {}, defaultMode?: number): Partial<PodSpec> => {
    const mode = defaultMode === undefined ? {} : { defaultMode };
    if (projected) return volume({ projected: { ...mode, sources: [kind === 'ConfigMap' ? { configMap: { name: 'config', ...more } } : { secret: { name: 'config', ...more } }] } });
    return volume(kind === 'ConfigMap' ? { configMap: { name: 'config', ...mode, ...more } } : { secret: { secretName: 'config', ...mode, ...more } });
  };
  const one = (name: string, script: string, spec: Partial<PodSpec>, expected: string): PodCase => ({ name: `${prefix} ${name}`, script, container: mounted('/v'), spec, expected });
  const plain = 'stat -L -c %a /v/data-1; cat /v/data-1';
  const mapped = 'stat -L -c %a /v/path/to/data-2; cat /v/path/to/data-2';
  return [
    one('should be consumable from pods in volume', plain, source(), '644\nvalue-1'),
    one('should be consumable from pods in volume as non-root', plain, { ...source(), ...asUser }, '644\nvalue-1'),
    one('should be consumable from pods in volume with defaultMode set', plain, source({}, 0o400), '400\nvalue-1'),
    one('should be consumable from pods in volume as non-root with defaultMode and fsGroup set', `${plain}; stat -L -c " %g" /v/data-1`, { ...source({}, 0o440), securityContext: { runAsUser: 1000, fsGroup: 1001 } }, '440\nvalue-1 1001'),
    one('should be consumable from pods in volume with mappings', mapped, source(items()), '644\nvalue-2'),
    one('should be consumable from pods in volume with mappings as non-root', mapped, { ...source(items()), ...asUser }, '644\nvalue-2'),
    // For projections the suite sets the volume's own mode here.
    one('should be consumable from pods in volume with mappings and Item mode set', mapped, projected ? source(items(), 0o400) : source(items(0o400)), '400\nvalue-2'),
    {
      ...one('should be consumable in multiple volumes in the same pod', 'stat -L -c %a /v/data-1; cat /v/data-1 /w/data-1', {}, '644\nvalue-1value-1'),
      container: { volumeMounts: ['v', 'w'].map((name) => ({ name, mountPath: `/${name}`, readOnly: true })) },
      spec: { volumes: ['v', 'w'].flatMap((name) => source().volumes?.map((own) => ({ ...own, name })) ?? []) },
    },
  ];
}

function downwardCases(projected: boolean): PodCase[] {
  type Items = NonNullable<Volume['downwardAPI']>['items'];
  const source = (list: Items, defaultMode?: number): Partial<PodSpec> => {
    const mode = defaultMode === undefined ? {} : { defaultMode };
    return volume(projected ? { projected: { ...mode, sources: [{ downwardAPI: { ...(list && { items: list }) } }] } } : { downwardAPI: { ...mode, ...(list && { items: list }) } });
  };
  const podname = (mode?: number): Items => [{ path: 'podname', fieldRef: { fieldPath: 'metadata.name' }, ...(mode !== undefined && { mode }) }];
  const amount = (resource: string): Items => [{ path: 'amount', resourceFieldRef: { containerName: 'main', resource } }];
  const one = (name: string, script: string, spec: Partial<PodSpec>, expected: string | RegExp, container: Partial<Container> = LIMITS): PodCase => (
    { name: `${projected ? 'Projected downwardAPI' : 'Downward API volume'} ${name}`, script, container: { ...mounted('/v'), ...container }, spec, expected });
  return [
    one('should provide podname only', 'cat /v/podname', source(podname()), /^case-\d+$/),
    one('should set DefaultMode on files', 'stat -L -c %a /v/podname', source(podname(), 0o400), '400'),
    one('should set mode on item file', 'stat -L -c %a /v/podname', source(podname(0o400)), '400'),
    one("should provide container's cpu limit", 'cat /v/amount', source(amount('limits.cpu')), '2'),
    one("should provide container's cpu request", 'cat /v/amount', source(amount('requests.cpu')), '1', { resources: { ...LIMITS.resources, requests: { cpu: '250m', memory: '32Mi' } } }),
    one("should provide container's memory limit", 'cat /v/amount', source(amount('limits.memory')), '67108864'),
    one("should provide container's memory request", 'cat /v/amount', source(amount('requests.memory')), '33554432'),
    one('should provide node allocatable (cpu) as default cpu limit if the limit is not set', 'cat /v/amount', source(amount('limits.cpu')), /^[1-9]\d*$/, {}),
    one('should provide node allocatable (memory) as default memory limit if the limit is not set', 'cat /v/amount', source(amount('limits.memory')), /^[1-9]\d{6,}$/, {}),
  ];
}

const CASES: readonly PodCase[] = [
  ...emptyDirCases(),
  { name: 'EmptyDir volumes volume on default medium should have the correct mode', script: 'stat -c %A /v', container: mounted('/v'), spec: volume({ emptyDir: {} }), expected: 'drwxrwxrwx' },
  { name: 'EmptyDir volumes volume on tmpfs should have the correct mode', script: 'stat -c %A /v; stat -f -c %T /v', container: mounted('/v'), spec: volume({ emptyDir: { medium: 'Memory' } }), expected: 'drwxrwxrwx\ntmpfs' },
  ...keyedCases('ConfigMap', false), ...keyedCases('Secrets', false), ...keyedCases('ConfigMap', true), ...keyedCases('Secrets', true),
  ...downwardCases(false), ...downwardCases(true),
  { name: 'ConfigMap binary data should be reflected in volume', script: 'cat /v/data-1; hexdump -e \'1/1 "%02x"\' /v/dump.bin', container: mounted('/v'), spec: volume({ configMap: { name: 'binary' } }), expected: 'value-1decafebad0feff' },
  { name: 'Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace', script: 'ls /v; stat -L -c %a /v/data-1; cat /v/data-1', container: mounted('/v'), spec: volume({ secret: { secretName: 'config' } }), expected: 'data-1\ndata-2\ndata-3\n644\nvalue-1' },
  {
    name: 'Projected combined should project all components that make up the projection API', script: 'cat /v/podname; echo; cat /v/secret-data; cat /v/configmap-data', container: mounted('/v'),
    spec: volume({ projected: { sources: [{ downwardAPI: { items: [{ path: 'podname', fieldRef: { fieldPath: 'metadata.name' } }] } }, { secret: { name: 'config', items: [{ key: 'data-1', path: 'secret-data' }] } }, { configMap: { name: 'config', items: [{ key: 'data-2', path: 'configmap-data' }] } }] } }),
    expected: /^case-\d+\nvalue-1value-2$/,
  },
  {
    name: 'EmptyDir wrapper volumes should not conflict', script: 'cat /s/data-1 /c/data-1',
    container: { volumeMounts: [{ name: 's', mountPath: '/s', readOnly: true }, { name: 'c', mountPath: '/c' }] },
    spec: { volumes: [{ name: 's', secret: { secretName: 'wrapped' } }, { name: 'c', configMap: { name: 'wrapped' } }] }, expected: 'value-1\nvalue-1',
  },
];

describe('sig-storage conformance on a node', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  const exec = (name: string, container: string, script: string): Promise<string> => execIn(node, name, container, script);
  const untilSays = async (name: string, script: string, expected: string): Promise<void> => {
    for (let attempt = 0; attempt < 1200; attempt++) {
      if ((await exec(name, 'main', script)) === expected) return;
      await node.clock.sleep(100, NEVER);
    }
    assert.equal(await exec(name, 'main', script), expected);
  };

  before(async () => {
    node = await startNode();
    const [maps, hidden] = [node.client.resource(configMaps, 'default'), node.client.resource(secrets, 'default')];
    await maps.create({ metadata: { name: CONFIG.name }, data: CONFIG.data }, { signal: NEVER });
    await hidden.create({ metadata: { name: CONFIG.name }, data: Object.fromEntries(Object.entries(CONFIG.data).map(([key, text]) => [key, base64(text)])) }, { signal: NEVER });
    await maps.create({ metadata: { name: 'binary' }, data: { 'data-1': 'value-1' }, binaryData: { 'dump.bin': Buffer.from('decafebad0feff', 'hex').toString('base64') } }, { signal: NEVER });
    await hidden.create({ metadata: { name: 'wrapped' }, data: { 'data-1': base64('value-1\n') } }, { signal: NEVER });
    await maps.create({ metadata: { name: 'wrapped' }, binaryData: { 'data-1': base64('value-1\n') } }, { signal: NEVER });
    await maps.create({ metadata: { name: 'my-configmap' }, data: { 'configmap-key': 'configmap-value' } }, { signal: NEVER });
    await hidden.create({ metadata: { name: 'my-secret' }, data: { 'secret-key': base64('secret-value') } }, { signal: NEVER });
    await node.client.resource(namespaces).create({ metadata: { name: 'other' }, spec: {}, status: {} }, { signal: NEVER });
    await node.client.resource(secrets, 'other').create({ metadata: { name: CONFIG.name }, data: { 'not-of-the-other': base64('similar') } }, { signal: NEVER });
    for (const [index, one] of CASES.entries()) await node.create(podOfCase(`case-${index}`, one));
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  for (const [index, { name, expected }] of CASES.entries()) {
    test(name, async () => {
      const done = await node.until(`case-${index}`, hasEnded);
      const said = lastWords(done).replace(/\n$/, '');
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }

  test('EmptyDir volumes pod should support shared volumes between containers', async () => {
    const at = (mountPath: string): Partial<Container> => ({ volumeMounts: [{ name: 'shared', mountPath }] });
    await node.create(onePod('shares', {}, {
      terminationGracePeriodSeconds: 0, volumes: [{ name: 'shared', emptyDir: {} }],
      containers: [
        { name: 'main', image: BUSYBOX, resources: {}, ...sh('sleep 1000'), ...at('/usr/share/volumeshare') },
        { name: 'sub', image: BUSYBOX, resources: {}, ...sh('echo Hello from the busy-box sub-container > /pod-data/shareddata.txt'), ...at('/pod-data') },
      ],
    }));
    await node.until('shares', ({ status }) => status.phase === 'Running');
    await untilSays('shares', 'cat /usr/share/volumeshare/shareddata.txt', 'Hello from the busy-box sub-container\n');
  });

  for (const kind of ['ConfigMap', 'Secrets', 'Projected configMap', 'Projected secret'] as const) {
    test(`${kind} optional updates should be reflected in volume`, async () => {
      const isSecret = kind === 'Secrets' || kind === 'Projected secret';
      const prefix = kind.replace(' ', '-').toLowerCase();
      const resource = isSecret ? node.client.resource(secrets, 'default') : node.client.resource(configMaps, 'default');
      const write = (name: string, data: Record<string, string>, verb: 'create' | 'update'): Promise<unknown> => {
        const own = { metadata: { name }, data: isSecret ? Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])) : data };
        return (resource as ReturnType<typeof node.client.resource>)[verb](own as never, { signal: NEVER });
      };
      const source = (name: string): Omit<Volume, 'name'> => {
        const one = isSecret ? { secret: { name: `${prefix}-${name}`, optional: true } } : { configMap: { name: `${prefix}-${name}`, optional: true } };
        if (kind.startsWith('Projected')) return { projected: { sources: [one] } };
        return isSecret ? { secret: { secretName: `${prefix}-${name}`, optional: true } } : { configMap: { name: `${prefix}-${name}`, optional: true } };
      };
      await write(`${prefix}-del`, { 'data-1': 'value-1' }, 'create');
      await write(`${prefix}-upd`, { 'data-1': 'value-1' }, 'create');
      const names = ['del', 'upd', 'create'];
      await node.create(onePod(prefix, { ...sh('sleep 1000'), volumeMounts: names.map((name) => ({ name, mountPath: `/etc/${name}`, readOnly: true })) }, { volumes: names.map((name) => ({ name, ...source(name) })) }));
      await node.until(prefix, isReady);
      assert.equal(await exec(prefix, 'main', 'cat /etc/del/data-1 /etc/upd/data-1; ls /etc/upd /etc/create'), 'value-1value-1/etc/create:\n\n/etc/upd:\ndata-1\n');
      await resource.delete(`${prefix}-del`, { signal: NEVER });
      await write(`${prefix}-upd`, { 'data-3': 'value-3' }, 'update');
      await write(`${prefix}-create`, { 'data-1': 'value-1' }, 'create');
      await untilSays(prefix, 'cat /etc/create/data-1; cat /etc/upd/data-3; ls /etc/del; ls /etc/upd', 'value-1value-3data-3\n');
    });
  }

  for (const { kind, source } of [
    { kind: 'ConfigMap', source: (name: string) => ({ configMap: { name } }) },
    { kind: 'Projected configMap', source: (name: string) => ({ projected: { sources: [{ configMap: { name } }] } }) },
  ]) {
    test(`${kind} updates should be reflected in volume`, async () => {
      const name = `updated-${kind === 'ConfigMap' ? 'plain' : 'projected'}`;
      const maps = node.client.resource(configMaps, 'default');
      await maps.create({ metadata: { name }, data: { 'data-1': 'value-1' } }, { signal: NEVER });
      await node.create(onePod(name, { ...sh('sleep 1000'), volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }] }, volume(source(name))));
      await node.until(name, isReady);
      assert.equal(await exec(name, 'main', 'cat /v/data-1'), 'value-1');
      await maps.update({ metadata: { name }, data: { 'data-1': 'value-2' } } as unknown as ConfigMap, { signal: NEVER });
      await untilSays(name, 'cat /v/data-1', 'value-2');
    });
  }

  test('Downward API volume and Projected downwardAPI should update labels and annotations on modification', async () => {
    const list = ['labels', 'annotations'].map((path) => ({ path, fieldRef: { fieldPath: `metadata.${path}` } }));
    const own = onePod('labelled', { ...sh('sleep 1000'), volumeMounts: [{ name: 'a', mountPath: '/a' }, { name: 'b', mountPath: '/b' }] }, { volumes: [{ name: 'a', downwardAPI: { items: list } }, { name: 'b', projected: { sources: [{ downwardAPI: { items: list } }] } }] });
    await node.create({ ...own, metadata: { ...own.metadata, labels: { key1: 'value1', key2: 'value2' }, annotations: { builder: 'bar' } } });
    await node.until('labelled', isReady);
    assert.equal(await exec('labelled', 'main', 'cat /a/labels /b/labels /a/annotations /b/annotations'), 'key1="value1"\nkey2="value2"key1="value1"\nkey2="value2"builder="bar"builder="bar"');
    await node.client.resource(pods, 'default').patch('labelled', { type: 'merge', patch: { metadata: { labels: { key3: 'value3' }, annotations: { builder: 'foo' } } } }, { signal: NEVER });
    await untilSays('labelled', 'tail -n 1 /a/labels; tail -n 1 /b/labels; cat /a/annotations /b/annotations', 'key3="value3"key3="value3"builder="foo"builder="foo"');
  });

  test('the group of an emptyDir stays when its volumes are set up again', async () => {
    await node.create(onePod('grouped', { ...sh('sleep 1000'), ...mounted('/v') }, { ...volume({ emptyDir: {} }), securityContext: { fsGroup: 123 } }));
    await node.until('grouped', isReady);
    assert.equal(await exec('grouped', 'main', 'stat -c "%A %g" /v'), 'drwxrwsrwx 123\n');
    await node.client.resource(pods, 'default').patch('grouped', { type: 'merge', patch: { metadata: { labels: { seen: 'again' } } } }, { signal: NEVER });
    await node.client.resource(pods, 'default').patch('grouped', { type: 'merge', patch: { spec: { activeDeadlineSeconds: 3600 } } }, { signal: NEVER });
    await node.until('grouped', ({ status, metadata }) => status.observedGeneration === metadata.generation);
    assert.equal(await exec('grouped', 'main', 'stat -c "%A %g" /v'), 'drwxrwsrwx 123\n');
  });

  const atomicWriters = { configmap: 'configmap-key', secret: 'secret-key', projected: 'projected/configmap-key', downward: 'downward/podname' } as const;
  const sources: Record<keyof typeof atomicWriters, Omit<Volume, 'name'>> = {
    configmap: { configMap: { name: 'my-configmap' } }, secret: { secret: { secretName: 'my-secret' } },
    projected: { projected: { sources: [{ configMap: { name: 'my-configmap', items: [{ key: 'configmap-key', path: 'projected/configmap-key' }] } }] } },
    downward: { downwardAPI: { items: [{ path: 'downward/podname', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }] } },
  };
  for (const [kind, subPath] of Object.entries(atomicWriters) as [keyof typeof atomicWriters, string][]) {
    for (const { where, mountPath } of [{ where: '', mountPath: '/test-volume' }, { where: ' with mountPath of existing file', mountPath: '/etc/resolv.conf' }]) {
      test(`Subpath Atomic writer volumes should support subpaths with ${kind} pod${where}`, async () => {
        const name = `subpath-${kind}${where.replaceAll(' ', '-').toLowerCase()}`;
        await node.create(onePod(name, {
          ...sh(`for i in 1 2 3; do cat ${mountPath}; sleep 0.2; done > /dev/termination-log`), securityContext: { privileged: false },
          volumeMounts: [{ name: 'v', mountPath, subPath }, { name: 'liveness-probe-volume', mountPath: '/probe-volume' }],
        }, { volumes: [{ name: 'v', ...sources[kind] }, { name: 'liveness-probe-volume', emptyDir: {} }], securityContext: { seLinuxOptions: { level: 's0:c0,c1' } } }));
        const done = await node.until(name, hasEnded);
        assert.equal(done.status.phase, 'Succeeded');
        assert.equal(lastWords(done), { configmap: 'configmap-value', secret: 'secret-value', projected: 'configmap-value', downward: name }[kind].repeat(3));
        await node.remove(name);
        await node.untilGone(name);
      });
    }
  }

  test('EmptyDir wrapper volumes should not cause race condition when used for configmaps', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `racey-${index}`);
    for (const name of names) await node.client.resource(configMaps, 'default').create({ metadata: { name }, data: { 'data-1': 'value-1' } }, { signal: NEVER });
    const many = ['one', 'two', 'three', 'four', 'five'].map((name) => `race-${name}`);
    for (const name of many) {
      await node.create(onePod(name, { ...sh('sleep 1000'), volumeMounts: names.map((own) => ({ name: own, mountPath: `/etc/${own}` })) }, { volumes: names.map((own) => ({ name: own, configMap: { name: own, items: [{ key: 'data-1', path: 'data-1' }] } })) }));
    }
    for (const name of many) await node.until(name, isReady);
    for (const name of many) assert.equal(await exec(name, 'main', 'cat /etc/racey-*/data-1'), 'value-1'.repeat(50));
  });
});
