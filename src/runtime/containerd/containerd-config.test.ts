import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerdConfig, registryHosts } from './containerd-config.ts';
import { hasCapability, parseContainerdVersion } from './host-facts.ts';

const options = {
  rootDir: '/r', stateDir: '/s', socketPath: '/s/c.sock', sandboxImage: 'pause:1', cniConfDir: '/cni', cniBinDirs: ['/opt/cni/bin', '/usr/lib/cni'], registryConfigDir: '/certs.d',
};
const host = { containerdVersion: '1.6.20', maySetNegativeOomScore: false, hasAppArmor: false };

for (const { name, text, expected } of [
  { name: "Debian's 1.6", text: 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3', expected: '1.6.20' },
  { name: 'a release of the project', text: 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376', expected: '2.1.4' },
]) test(`the version of ${name}`, () => assert.equal(parseContainerdVersion(text), expected));

for (const { name, version, holds, lacks } of [
  { name: '1.6 gets format 2', version: '1.6.20', holds: ['version = 2', '"io.containerd.grpc.v1.cri".cni]', 'bin_dir = "/opt/cni/bin"', 'sandbox_image = "pause:1"'], lacks: ['cri.v1.runtime'] },
  { name: '2.0 gets format 3 with one folder', version: '2.0.5', holds: ['version = 3', 'sandbox = "pause:1"', 'bin_dir = "/opt/cni/bin"'], lacks: ['bin_dirs'] },
  { name: '2.1 gets all folders', version: '2.1.0', holds: ['bin_dirs = ["/opt/cni/bin", "/usr/lib/cni"]', 'config_path = "/certs.d"'], lacks: ['sandbox_image'] },
]) {
  test(`the configuration of ${name}`, () => {
    const text = containerdConfig(options, { ...host, containerdVersion: version });
    for (const part of [...holds, 'restrict_oom_score_adj = true', 'disable_apparmor = true', 'SystemdCgroup = false']) assert.ok(text.includes(part), part);
    for (const part of lacks) assert.ok(!text.includes(part), part);
  });
}

for (const { name, url, version, expected } of [
  { name: 'a table for an address of IPv4', url: 'https://10.0.0.1:5000', version: '1.6.20~ds1', expected: '[host."https://10.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n' },
  { name: 'a key for an address of IPv6, before 2.0', url: 'https://[fd00::1]:5000', version: 'v1.7.2', expected: 'host."https://[fd00::1]:5000".capabilities = ["pull", "resolve"]\n' },
  { name: 'a table for an address of IPv6, from 2.0 on', url: 'https://[fd00::1]:5000', version: 'v2.1.4', expected: '[host."https://[fd00::1]:5000"]\n  capabilities = ["pull", "resolve"]\n' },
]) test(`a registry is named by ${name}`, () => assert.equal(registryHosts(url, version), expected));

test('a capability is a bit of the effective set', () => {
  assert.equal(hasCapability('CapInh:\t0\nCapEff:\t000001fffeffffff\n', 24), false);
  assert.equal(hasCapability('CapEff:\t000001ffffffffff\n', 24), true);
});
