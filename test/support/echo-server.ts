/** `node echo-server.ts NAME PORT`: answers each TCP connection and each datagram with `NAME ADDRESS-OF-THE-CLIENT`. Prints `ready` once it listens. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [name = 'server', port = '8080'] = process.argv.slice(2);
const plain = (address: string | undefined): string => (address ?? '').replace('::ffff:', '');
const tcp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.end(`${name} ${plain(socket.remoteAddress)}`);
});
const udp = createSocket('udp4', (_, remote) => udp.send(`${name} ${remote.address}`, remote.port, remote.address));
tcp.listen(Number(port), '0.0.0.0', () => udp.bind(Number(port), '0.0.0.0', () => console.log('ready')));
