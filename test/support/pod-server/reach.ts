/** `node reach.ts ADDRESS PORT NAME`: as its termination message tells whether a connection came about, and the addresses of a name. */
import { resolve4 } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';

const [address = '', port = '', name = ''] = process.argv.slice(2);
const { promise: reached, resolve } = Promise.withResolvers<string>();
const socket = connect({ host: address, port: Number(port) });
socket.setTimeout(1500, () => resolve('nothing'));
socket.on('connect', () => resolve('reached'));
socket.on('error', ({ message }) => resolve(message));
const outcome = await reached;
socket.destroy();
const addresses = await resolve4(name).catch((error: unknown) => [String(error)]);
writeFileSync('/dev/termination-log', `${outcome} ${addresses.join()}`);
