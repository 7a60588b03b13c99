import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bufferOf } from './channels.ts';

/** A WebSocket as one byte stream: what is in its binary messages, end to end. */
export function webSocketTunnel(socket: WebSocket): Duplex {
  const tunnel = new Duplex({
    allowHalfOpen: false,
    read: () => {
      if (socket.readyState === socket.OPEN) socket.resume();
    },
    write: (chunk: Buffer, _encoding, callback) => {
      if (socket.readyState !== socket.OPEN) callback(new Error('the WebSocket is closed'));
      else socket.send(chunk, { binary: true }, (error) => callback(error ?? null));
    },
    final: (callback) => {
      socket.close(1000);
      callback();
    },
    destroy: (error, callback) => {
      if (socket.readyState !== socket.CLOSED) socket.close(1000);
      socket.resume(); // who is not read never sees the other side's goodbye
      callback(error);
    },
  });
  socket.on('message', (data) => {
    if (!tunnel.destroyed && !tunnel.push(bufferOf(data))) socket.pause();
  });
  socket.on('error', () => undefined); // 'close' follows
  socket.on('close', () => {
    if (!tunnel.readableEnded && !tunnel.destroyed) tunnel.push(null);
  });
  return tunnel;
}
