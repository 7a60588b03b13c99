import { BlockList, isIP } from 'node:net';

/** Where clouds serve the credentials of machines: nobody is sent there on a user's word. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('0.0.0.0', 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Why the server may not be sent to an address that a user named; undefined: it may. Refused are link-local addresses, and on loopback the ports that are the
 * server's own.
 */
export function addressProblem(address: string, port: number, ownPorts: readonly number[]): string | undefined {
  if (isIn(LINK_LOCAL, address)) return `address ${address} not allowed: link-local`;
  if (isIn(LOOPBACK, address) && ownPorts.includes(port)) return `address ${address} not allowed: the server itself`;
  return undefined;
}
