/** `node echo-server.ts NAME PORT`: answers each TCP connection and each datagram with `NAME ADDRESS-OF-THE-CLIENT`. Prints `ready` once it listens. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [name = 'server', port = '8080'] = process.argv.slice(2);
const plain = (address: string | undefined): string => (address ?? '').replace('::ffff:', '');
const tcp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.end(`${name} ${plain(socket.remoteAddress)}`);
});
// A socket of both families would answer IPv4 from an address that the kernel chooses anew.
const answer = (type: 'udp4' | 'udp6', bound: () => void): void => {
  const udp = createSocket({ type, ipv6Only: type === 'udp6' }, (_, remote) => udp.send(`${name} ${remote.address}`, remote.port, remote.address));
  udp.bind(Number(port), bound);
};
tcp.listen(Number(port), '::', () => answer('udp4', () => answer('udp6', () => console.log('ready'))));
