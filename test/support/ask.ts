/** `node ask.ts tcp|udp ADDRESS PORT [COUNT] [LOCAL-PORT] [LOCAL-ADDRESS] [TIMEOUT-MS]`: asks an echo server COUNT times; prints each answer, or the code of the error, on a line. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const [protocol = 'tcp', address = '', port = '', count = '1', localPort = '0', localAddress = '', timeoutMs = '5000'] = process.argv.slice(2);
const TIMEOUT_MS = Number(timeoutMs);

function askTcp(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host: address, port: Number(port), ...(localAddress !== '' && { localAddress }) });
  let answer = '';
  socket.setTimeout(TIMEOUT_MS, () => {
    resolve('timeout');
    socket.destroy();
  });
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  socket.on('end', () => resolve(answer));
  return promise;
}

function askUdp(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => resolve('timeout'), TIMEOUT_MS);
  socket.on('message', (message) => resolve(message.toString()));
  socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  socket.bind({ port: Number(localPort), ...(localAddress !== '' && { address: localAddress }) }, () => socket.connect(Number(port), address, () => socket.send('who are you?')));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

for (let i = 0; i < Number(count); i++) console.log(await (protocol === 'tcp' ? askTcp() : askUdp()));
