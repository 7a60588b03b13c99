import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { milliValue, parseQuantity, QuantityError, wholeValue } from '../apimachinery/quantity.ts';
import type { Taint } from '../api/generated/core-v1.ts';
import { namespaceOfSysctl, type KubeletOptions } from '../kubelet/index.ts';
import { keyValues } from './flags.ts';

/** What a node keeps for itself, takes and says of itself, under the kubelet's names. */
export interface NodeFlags {
  readonly registerWithTaints?: readonly Taint[];
  readonly kubeReserved?: Reserved;
  readonly systemReserved?: Reserved;
  readonly allowedUnsafeSysctls?: readonly string[];
  readonly providerId?: string;
  readonly podManifestPath?: string;
}

type Reserved = NonNullable<KubeletOptions['reserved']>;

export type NodeSettings = Pick<KubeletOptions, 'taints' | 'reserved' | 'allowedUnsafeSysctls' | 'providerID'>;

const NOTHING: Reserved = { milliCpu: 0, memoryBytes: 0 };
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** `key=value:Effect,key:Effect`. */
export function taints(text: string): Taint[] {
  return text.split(',').map((one) => {
    const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^=:]*))?:(\w+)$/.exec(one.trim()) ?? [];
    if (!EFFECTS.includes(effect)) throw new InvalidArgumentError(`a taint looks like key=value:NoSchedule, with one of ${EFFECTS.join(', ')}.`);
    return { key, ...(value && { value }), effect };
  });
}

/** `cpu=200m,memory=500Mi`: other resources cannot be reserved. */
export function reserved(text: string): Reserved {
  const { cpu = '0', memory = '0', ...others } = keyValues(text);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new InvalidArgumentError(`cpu and memory can be reserved, ${unknown} cannot.`);
  try {
    return { milliCpu: milliValue(parseQuantity(cpu)), memoryBytes: wholeValue(parseQuantity(memory)) };
  } catch (error) {
    if (error instanceof QuantityError) throw new InvalidArgumentError('amounts look like cpu=200m,memory=500Mi.');
    throw error;
  }
}

/** `kernel.msg*,net.core.somaxconn`: names, or the beginnings of names. */
export function sysctlPatterns(text: string): string[] {
  return text.split(',').map((one) => one.trim().replaceAll('/', '.')).map((pattern) => {
    if (namespaceOfSysctl(pattern.replace(/\*$/, '')) === undefined) throw new InvalidArgumentError(`the sysctls ${JSON.stringify(pattern)} are not known to be namespaced: pods would change them for all.`);
    return pattern;
  });
}

export function addNodeFlags(command: Command): void {
  command
    .option('--register-with-taints <taints>', 'with which a new node is registered: key=value:NoSchedule,key:NoExecute', taints)
    .option('--kube-reserved <amounts>', 'what Kubernetes itself needs of the machine: cpu=200m,memory=500Mi', reserved)
    .option('--system-reserved <amounts>', 'what the rest of the machine needs: cpu=200m,memory=500Mi', reserved)
    .option('--allowed-unsafe-sysctls <patterns>', 'which pods may set besides the safe ones: kernel.msg*,net.core.somaxconn', sysctlPatterns)
    .option('--provider-id <id>', 'by which the provider of the machine knows it')
    .option('--pod-manifest-path <dir>', 'a folder with manifests of pods that the node runs by itself');
}

export function nodeSettings({ registerWithTaints, kubeReserved = NOTHING, systemReserved = NOTHING, allowedUnsafeSysctls, providerId }: NodeFlags): NodeSettings {
  const sum = { milliCpu: kubeReserved.milliCpu + systemReserved.milliCpu, memoryBytes: kubeReserved.memoryBytes + systemReserved.memoryBytes };
  return {
    ...(sum.milliCpu + sum.memoryBytes > 0 && { reserved: sum }),
    ...(registerWithTaints && { taints: registerWithTaints }), ...(allowedUnsafeSysctls && { allowedUnsafeSysctls }), ...(providerId !== undefined && { providerID: providerId }),
  };
}
