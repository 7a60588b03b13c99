/** `node knock.ts ADDRESS PORT`: opens connections as fast as it can and closes them at once, until a signal; prints `ready` once it has begun, and then how many there were, and the codes of those that failed. */
import { connect } from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
const SIDE_BY_SIDE = 8;
const failures: string[] = [];
let connections = 0;

function knock(): void {
  const socket = connect({ host: address, port: Number(port) });
  socket.on('connect', () => {
    connections++;
    socket.resetAndDestroy();
    setImmediate(knock);
  });
  socket.on('error', (error) => {
    failures.push('code' in error ? String(error.code) : error.message);
    setImmediate(knock);
  });
}

process.on('SIGTERM', () => {
  process.stdout.write(JSON.stringify({ connections, failures }), () => process.exit());
});
for (let i = 0; i < SIDE_BY_SIDE; i++) knock();
console.log('ready');
