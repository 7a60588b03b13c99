import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Service, ServiceSpec } from '../../src/api/generated/core-v1.ts';
import { ipAddresses, nodes, serviceCIDRs, services } from '../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../src/apimachinery/meta.ts';
import { hasReason } from '../../src/apimachinery/status.ts';
import type { Client } from '../../src/client/client.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const call = { signal };

/** KEP-563 against `kubets server` with ranges of both families. */
suite('services of two families', { timeout: 600_000 }, () => {
  let server: ServerProcess;
  let client: Client;

  before(async () => {
    const ranges = ['--service-cluster-ip-range', '10.96.0.0/16,fd00:10:96::/112', '--cluster-cidr', '10.244.0.0/16,fd00:10:244::/56'];
    server = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory', '--disable-agent', ...ranges] });
    await server.start();
    client = server.client();
  });
  after(() => server[Symbol.asyncDispose]());

  const create = (name: string, spec: Partial<ServiceSpec>): Promise<DeepReadonly<Service>> =>
    client.resource(services, 'default').create({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } as unknown as Draft<Service>, call);
  const patch = (name: string, spec: object): Promise<DeepReadonly<Service>> => client.resource(services, 'default').patch(name, { type: 'merge', patch: { spec } }, call);
  const shown = ({ spec }: DeepReadonly<Service>): string => `${spec.ipFamilyPolicy} ${spec.ipFamilies?.join()} ${spec.clusterIPs?.map((ip) => (ip === 'None' ? ip : ip.includes(':') ? 'six' : 'four')).join()}`;
  const isTaken = async (ip: string | undefined): Promise<boolean> => {
    try {
      return (await client.resource(ipAddresses).get(ip ?? '', call)).metadata.name === ip;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return false;
      throw error;
    }
  };

  test('the default range has both families', async () => {
    assert.deepEqual((await client.resource(serviceCIDRs).get('kubernetes', call)).spec.cidrs, ['10.96.0.0/16', 'fd00:10:96::/112']);
  });

  for (const { name, spec, expected } of [
    { name: 'nothing', spec: {}, expected: 'SingleStack IPv4 four' },
    { name: 'prefer', spec: { ipFamilyPolicy: 'PreferDualStack' }, expected: 'PreferDualStack IPv4,IPv6 four,six' },
    { name: 'require', spec: { ipFamilyPolicy: 'RequireDualStack' }, expected: 'RequireDualStack IPv4,IPv6 four,six' },
    { name: 'six-first', spec: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6'] }, expected: 'PreferDualStack IPv6,IPv4 six,four' },
    { name: 'six-only', spec: { ipFamilies: ['IPv6'] }, expected: 'SingleStack IPv6 six' },
    { name: 'named', spec: { clusterIP: 'fd00:10:96::77' }, expected: 'SingleStack IPv6 six' },
    { name: 'headless', spec: { clusterIP: 'None', selector: { a: 'b' } }, expected: 'SingleStack IPv4 None' },
    { name: 'headless-prefer', spec: { clusterIP: 'None', selector: { a: 'b' }, ipFamilyPolicy: 'PreferDualStack' }, expected: 'PreferDualStack IPv4,IPv6 None' },
    { name: 'headless-bare', spec: { clusterIP: 'None' }, expected: 'RequireDualStack IPv4,IPv6 None' },
  ] as { name: string; spec: Partial<ServiceSpec>; expected: string }[]) {
    test(`families: ${name}`, async () => {
      const made = await create(name, spec);
      assert.equal(shown(made), expected);
      assert.equal(made.spec.clusterIP, made.spec.clusterIPs?.[0]);
      for (const ip of made.spec.clusterIPs ?? []) if (ip !== 'None') assert.ok(await isTaken(ip));
    });
  }

  test('an address of IPv6 says so, in canonical form', async () => {
    const { spec } = await create('canonical', { clusterIP: 'fd00:10:96:0::78' });
    assert.equal(spec.clusterIP, 'fd00:10:96:0::78');
    assert.equal((await client.resource(ipAddresses).get('fd00:10:96::78', call)).metadata.labels?.['ipaddress.kubernetes.io/ip-family'], 'IPv6');
    await client.resource(services, 'default').delete('canonical', call);
    assert.equal(await isTaken('fd00:10:96::78'), false);
  });

  test('a second family comes and goes with the policy', async () => {
    const before = await create('changing', {});
    const both = await patch('changing', { ipFamilyPolicy: 'PreferDualStack' });
    assert.equal(shown(both), 'PreferDualStack IPv4,IPv6 four,six');
    assert.equal(both.spec.clusterIP, before.spec.clusterIP);
    await assert.rejects(patch('changing', { ipFamilies: ['IPv4'], clusterIPs: [both.spec.clusterIP] }), /ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP/);
    const one = await patch('changing', { ipFamilyPolicy: 'SingleStack' });
    assert.equal(shown(one), 'SingleStack IPv4 four');
    assert.deepEqual([await isTaken(both.spec.clusterIPs?.[0]), await isTaken(both.spec.clusterIPs?.[1])], [true, false]);
    await patch('changing', { ipFamilyPolicy: 'RequireDualStack' });
    const { spec } = await client.resource(services, 'default').get('changing', call);
    await patch('changing', { type: 'ExternalName', externalName: 'example.com' });
    for (const ip of spec.clusterIPs ?? []) assert.equal(await isTaken(ip), false);
  });

  for (const { what, spec, message } of [
    { what: 'two families for one', spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] }, message: /must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified/ },
    { what: 'an address of another family than said', spec: { ipFamilies: ['IPv4'], clusterIP: 'fd00:10:96::9' }, message: /expected an IPv4 value as indicated by `ipFamilies\[0\]`/ },
    { what: 'an address beyond the range', spec: { clusterIP: 'fd00:99::1' }, message: /failed to allocate IP fd00:99::1: the provided network does not match the current range/ },
  ] as { what: string; spec: Partial<ServiceSpec>; message: RegExp }[]) {
    test(`refuses ${what}`, () => assert.rejects(create('bad', spec), message));
  }

  test('a node gets a range of pods of each family', async () => {
    await client.resource(nodes).create({ metadata: { name: 'n' } } as never, call);
    const spec = await until('ranges', async () => {
      const node = await client.resource(nodes).get('n', call);
      return node.spec.podCIDRs && node.spec;
    });
    assert.deepEqual([spec.podCIDR, spec.podCIDRs], ['10.244.0.0/24', ['10.244.0.0/24', 'fd00:10:244::/64']]);
  });
});
