/** Asks a DNS server: `node ask-dns.ts udp|tcp SERVER TYPE NAME [UDP-PAYLOAD]` prints the code, the flags that are set, and a line for each answer and authority. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED, type Answer, type Packet, type RecordType } from 'dns-packet';

const [protocol, server = '', type = 'A', name = '', payload] = process.argv.slice(2);

function shown(record: Answer): string {
  const { data } = record as { data?: unknown };
  if (record.type === 'SRV') return `SRV ${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`;
  if (record.type === 'SOA') return `SOA ${record.data.mname} ${record.data.minimum}`;
  return `${record.type} ${String(data)}`;
}

function print(reply: Buffer): void {
  const packet = decode(reply) as unknown as Packet & { rcode: string; flag_tc: boolean; flag_aa: boolean };
  console.log([packet.rcode, ...(packet.flag_tc ? ['tc'] : []), ...(packet.flag_aa ? ['aa'] : [])].join(' '));
  for (const answer of packet.answers ?? []) console.log(shown(answer));
  for (const authority of packet.authorities ?? []) console.log(`authority ${shown(authority)}`);
}

const additionals = payload === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: Number(payload), flags: 0, options: [] } as unknown as Answer];
const query = encode({ type: 'query', id: 7, flags: RECURSION_DESIRED, questions: [{ type: type as RecordType, name }], additionals });
if (protocol === 'udp') {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  const ask = (): void => socket.send(query, 53, server);
  // As every resolver does: a datagram may be lost.
  const again = setInterval(ask, 2000);
  socket.once('message', (reply) => {
    print(reply);
    clearInterval(again);
    socket.close();
  });
  ask();
} else {
  const socket = connect({ host: server, port: 53 });
  let received = Buffer.alloc(0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
    print(received.subarray(2));
    socket.end();
  });
}
setTimeout(() => {
  console.log('timeout');
  process.exit(1);
}, 15_000).unref();
