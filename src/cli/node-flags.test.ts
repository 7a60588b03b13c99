import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { addNodeFlags, nodeSettings, type NodeFlags, type NodeSettings } from './node-flags.ts';

/** What the flags say, or how they are refused. */
function read(...argv: string[]): NodeSettings | string {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addNodeFlags(command);
  try {
    return nodeSettings(command.parse(argv, { from: 'user' }).opts<NodeFlags>());
  } catch (error) {
    return (error as Error).message;
  }
}

for (const { name, argv, expected } of [
  { name: 'nothing', argv: [], expected: {} },
  { name: 'reserved amounts add up', argv: ['--kube-reserved=cpu=200m,memory=1Ki', '--system-reserved=cpu=1'], expected: { reserved: { milliCpu: 1200, memoryBytes: 1024 } } },
  { name: 'taints', argv: ['--register-with-taints=a=b:NoSchedule,c:NoExecute'], expected: { taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }, { key: 'c', effect: 'NoExecute' }] } },
  { name: 'sysctls', argv: ['--allowed-unsafe-sysctls=kernel.msg*,net/core/somaxconn'], expected: { allowedUnsafeSysctls: ['kernel.msg*', 'net.core.somaxconn'] } },
  { name: 'the provider', argv: ['--provider-id=cloud://one'], expected: { providerID: 'cloud://one' } },
  { name: 'what cannot be reserved', argv: ['--kube-reserved=pods=3'], expected: /cpu and memory can be reserved, pods cannot/ },
  { name: 'an amount that is none', argv: ['--kube-reserved=cpu=much'], expected: /amounts look like cpu=200m,memory=500Mi/ },
  { name: 'a taint without effect', argv: ['--register-with-taints=a=b'], expected: /a taint looks like key=value:NoSchedule/ },
  { name: 'a sysctl of the whole machine', argv: ['--allowed-unsafe-sysctls=vm.swappiness'], expected: /the sysctls "vm.swappiness" are not known to be namespaced/ },
] as { name: string; argv: string[]; expected: NodeSettings | RegExp }[]) {
  test(`flags of a node: ${name}`, () => {
    const said = read(...argv);
    if (expected instanceof RegExp) assert.match(said as string, expected);
    else assert.deepEqual(said, expected);
  });
}
