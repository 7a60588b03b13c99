import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { SystemClock } from '../base/clock.ts';
import {
  acceptPortForward, acceptRemoteCommand, commandExited, commandSucceeded, connectPortForwardSpdy, connectPortForwardWebSocket, connectRemoteCommandSpdy,
  connectRemoteCommandWebSocket, exitCodeOf, joinForwarded, proxyUpgrade, relayPortForward, relayRemoteCommand, remoteCommandOptions, UpgradeError, UpgradeRefused,
} from './index.ts';

const clock = new SystemClock();
const both = { stdin: true, stdout: true, stderr: true, tty: false };

/** Serves `/exec` (repeats stdin, says `err` on stderr, exits with ?code), `/forward`, and both again by a relay under `/relay`, and by a proxy under `/proxy`. */
function startServer(): Server {
  const server = createServer((_request, response) => response.writeHead(404).end('nothing here'));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const serve = async (): Promise<void> => {
      const options = remoteCommandOptions(url.searchParams);
      if (url.pathname.startsWith('/proxy')) {
        await proxyUpgrade(request, socket, head, { url: new URL(`${base}${url.pathname.slice(6)}${url.search}`) });
      } else if (url.pathname === '/relay/exec') {
        const command = await connectRemoteCommandSpdy({ url: new URL(`${base}/exec${url.search}`) }, options);
        await relayRemoteCommand(await acceptRemoteCommand(request, socket, head, options, clock), command);
      } else if (url.pathname === '/relay/forward') {
        await relayPortForward(await acceptPortForward(request, socket, head), await connectPortForwardSpdy({ url: new URL(`${base}/forward`) }));
      } else if (url.pathname === '/exec') {
        const streams = await acceptRemoteCommand(request, socket, head, options, clock);
        if (options.tty) for await (const size of streams.resize) {
          streams.stdout?.write(`${size.width}x${size.height}`);
          break;
        }
        if (streams.stdin) for await (const chunk of streams.stdin) if (!streams.stdout?.write(chunk)) await new Promise((resolve) => streams.stdout?.once('drain', resolve));
        streams.stderr?.write('err');
        await streams.finish(commandExited(Number(url.searchParams.get('code') ?? '0')));
      } else {
        const forward = await acceptPortForward(request, socket, head);
        for await (const connection of forward.connections) {
          const target = connect(connection.port, '127.0.0.1');
          target.on('error', (error) => void connection.finish(error.message));
          target.on('connect', () => void joinForwarded(connection.data, target).then((error) => connection.finish(error?.message)));
        }
      }
    };
    serve().catch((error: unknown) => {
      if (!(error instanceof UpgradeError || error instanceof UpgradeRefused)) throw error;
      socket.end(`HTTP/1.1 ${error.code} No\r\nconnection: close\r\n\r\n${error.message}`);
    });
  });
  return server;
}

describe('streaming', () => {
  const server = startServer();
  const echo = createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  let base = '';
  let echoPort = 0;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    echoPort = (echo.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    echo.close();
  });

  const big = Buffer.alloc(3_000_000, 'kubets ');
  for (const [name, connectTo, path] of [
    ['WebSocket', connectRemoteCommandWebSocket, '/exec'],
    ['SPDY', connectRemoteCommandSpdy, '/exec'],
    ['WebSocket relayed to SPDY', connectRemoteCommandWebSocket, '/relay/exec'],
    ['SPDY relayed to SPDY', connectRemoteCommandSpdy, '/relay/exec'],
    ['WebSocket by a proxy', connectRemoteCommandWebSocket, '/proxy/relay/exec'],
    ['SPDY by a proxy', connectRemoteCommandSpdy, '/proxy/exec'],
  ] as const) {
    test(`exec over ${name} carries three streams and the exit code`, async () => {
      const client = await connectTo({ url: new URL(`${base}${path}?stdin=1&stdout=1&stderr=1&code=3`) }, both);
      client.stdin?.end(big);
      const [stdout, stderr, status] = await Promise.all([text(client.stdout!), text(client.stderr!), client.status]);
      assert.equal(stdout.length, big.length);
      assert.equal(stdout, big.toString());
      assert.equal(stderr, 'err');
      assert.equal(exitCodeOf(status), 3);
    });

    test(`exec over ${name} tells the size of a terminal`, async () => {
      const client = await connectTo({ url: new URL(`${base}${path}?stdout=1&tty=1`) }, { stdin: false, stdout: true, stderr: false, tty: true });
      client.resize({ width: 80, height: 24 });
      const [stdout, status] = await Promise.all([text(client.stdout!), client.status]);
      assert.equal(stdout, '80x24');
      assert.equal(status.status, commandSucceeded.status);
    });
  }

  for (const [name, connectTo, path] of [
    ['WebSocket', connectPortForwardWebSocket, '/forward'],
    ['SPDY', connectPortForwardSpdy, '/forward'],
    ['WebSocket relayed to SPDY', connectPortForwardWebSocket, '/relay/forward'],
    ['WebSocket by a proxy', connectPortForwardWebSocket, '/proxy/forward'],
  ] as const) {
    test(`port-forward over ${name} carries several connections, and tells why one could not be made`, async () => {
      const client = await connectTo({ url: new URL(`${base}${path}`) });
      const answers = await Promise.all(
        ['one', 'two'].map(async (word) => {
          const { data, error } = await client.open(echoPort);
          data.end(word);
          const answer = await text(data);
          assert.equal(await error, undefined);
          return answer;
        }),
      );
      assert.deepEqual(answers, ['one', 'two']);
      const { data, error } = await client.open(1);
      data.resume();
      data.end();
      assert.match((await error) ?? '', /ECONNREFUSED/);
      client.close();
    });
  }

  test('a connection that breaks before anybody has asked how it ended harms nobody, and is told to those who ask later', async () => {
    for (const connectTo of [connectRemoteCommandWebSocket, connectRemoteCommandSpdy]) {
      const client = await connectTo({ url: new URL(`${base}/exec?stdin=1&stdout=1&stderr=1`) }, both);
      client.stdout?.on('error', () => undefined).resume();
      client.close();
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
      await assert.rejects(client.status);
    }
    const client = await connectPortForwardSpdy({ url: new URL(`${base}/forward`) });
    const { data, error } = await client.open(echoPort);
    data.on('error', () => undefined);
    client.close();
    await client.closed;
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    await Promise.allSettled([error]);
  });

  test('port-forward over WebSocket channels begins with the port on both channels', async () => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/forward?ports=${echoPort}`, ['v4.channel.k8s.io']);
    const got: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        got.push(data);
        if (got.length === 2) socket.send(Buffer.from('\0hello'));
        if (got.length === 3) resolve();
      });
    });
    const port = Buffer.alloc(2);
    port.writeUInt16LE(echoPort);
    assert.deepEqual(got, [Buffer.concat([Buffer.of(0), port]), Buffer.concat([Buffer.of(1), port]), Buffer.from('\0hello')]);
    socket.terminate();
  });

  test('exec speaks base64 and the sentences of old protocols', async () => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/exec?stdout=1&code=2`, ['base64.channel.k8s.io']);
    const got: string[] = [];
    socket.on('message', (data: Buffer, isBinary) => got.push(`${isBinary}:${data.toString()}`));
    await new Promise((resolve) => socket.on('close', resolve));
    assert.deepEqual(got, ['false:1', `false:3${Buffer.from('command terminated with non-zero exit code: exit status 2').toString('base64')}`]);
  });

  test('a refused upgrade gives the code and text of the answer', async () => {
    const target = { url: new URL(`${base}/exec?stdout=1`) };
    await assert.rejects(connectPortForwardSpdy(target), (error: UpgradeRefused) => error.code === 403 && error.body.includes('unable to negotiate protocol'));
    await assert.rejects(connectPortForwardWebSocket(target), (error: UpgradeRefused) => error.code === 400);
  });
});
