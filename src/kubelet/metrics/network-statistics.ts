import { readFile } from 'node:fs/promises';

/** Counters of one interface since it was made. */
export interface InterfaceStatistics {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** Ends of other namespaces, and what never leaves the machine. Source: cAdvisor, ignoredDevicePrefixes. */
const IGNORED = /^(?:lo|veth|docker|nerdctl)/;

/** Reads the text of `/proc/PID/net/dev`. */
export function parseInterfaces(text: string): InterfaceStatistics[] {
  return text.split('\n').slice(2).flatMap((line) => {
    const [name = '', counters] = line.split(':');
    if (counters === undefined || IGNORED.test(name.trim())) return [];
    const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = counters.trim().split(/\s+/).map(Number);
    return [{ name: name.trim(), rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }];
  });
}

/** What the interfaces in the network namespace of a process say; nothing when it has ended. */
export async function readInterfaces(pid: number | 'self'): Promise<InterfaceStatistics[]> {
  return parseInterfaces(await readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => ''));
}
