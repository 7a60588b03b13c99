import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, readMessage } from './dbus-message.ts';

test('a call has its fields, aligned, and a body of nested types', () => {
  const call = encodeMessage({ type: 'call', destination: 'd', path: '/p', interface: 'i', member: 'm', signature: 'sa(sv)', body: ['x', [['n', { signature: 't', value: 0x0102n }], ['l', { signature: 'as', value: ['a'] }]]] }, 7);
  assert.deepEqual([call.readUInt8(0), call.readUInt8(1), call.readUInt32LE(8)], [0x6c, 1, 7]);
  const bodyAt = call.length - call.readUInt32LE(4);
  assert.equal(bodyAt % 8, 0);
  assert.equal(call.subarray(bodyAt).toString('hex'), [
    '01000000', '7800', '0000', // "x", and up to the array
    '2e000000', '00000000', // its length, and up to the first structure
    '01000000', '6e00', '017400', '000000', '0000', '0000', '0201000000000000', // "n", of type t, 0x0102
    '01000000', '6c00', '02617300', '0000', '06000000', '01000000', '6100', // "l", of type as, ["a"]
  ].join(''));
});

/** A reply as systemd writes it: an error to call 7 with a text. */
test('a reply tells which call it answers, its error and its body; what is not whole is waited for', () => {
  const text = Buffer.from('gone');
  const error = Buffer.from('e.X');
  const header = Buffer.concat([
    Buffer.from([0x6c, 3, 0, 1, 9, 0, 0, 0, 1, 0, 0, 0]), Buffer.from([34, 0, 0, 0]), Buffer.from([5, 1, 0x75, 0, 7, 0, 0, 0]), Buffer.from([4, 1, 0x73, 0, 3, 0, 0, 0]), error, Buffer.from([0, 0, 0, 0, 0]), Buffer.from([8, 1, 0x67, 0, 1, 0x73, 0]), Buffer.from([0]),
  ]);
  const aligned = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8)]);
  const message = Buffer.concat([aligned, Buffer.from([4, 0, 0, 0]), text, Buffer.from([0])]);
  message.writeUInt32LE(31, 12);
  assert.deepEqual(readMessage(message), { bytes: message.length, message: { type: 'error', serial: 1, replySerial: 7, errorName: 'e.X', signature: 's', body: ['gone'] } });
  assert.equal(readMessage(message.subarray(0, -1)), undefined);
  assert.equal(readMessage(Buffer.alloc(0)), undefined);
});

test('a signal is read as it was written, with who sends it', () => {
  const signal = { type: 'signal', path: '/p', interface: 'i', member: 'm', sender: ':1.7', signature: 'bst', body: [1, 'x', 5n] } as const;
  const bytes = encodeMessage(signal, 9);
  assert.deepEqual(readMessage(Buffer.concat([bytes, Buffer.from('more')])), { bytes: bytes.length, message: { ...signal, serial: 9, body: [0, 'x', 5n] } });
});

test('what systemd tells of its units is read: maps of variants; other types are refused when they are read', () => {
  const signal = { type: 'signal', path: '/p', interface: 'org.freedesktop.DBus.Properties', member: 'PropertiesChanged', signature: 'sa{sv}as', body: ['unit', [['State', { signature: 's', value: 'active' }]], ['Other']] } as const;
  assert.deepEqual(readMessage(encodeMessage(signal, 1))?.message.body, signal.body);
  const odd = encodeMessage({ ...signal, signature: 's', body: ['x'] }, 1);
  odd[odd.lastIndexOf('\u0001s\u0000', odd.length - 7) + 1] = 'd'.charCodeAt(0);
  const message = readMessage(odd)?.message;
  assert.throws(() => message?.body, RangeError);
});
