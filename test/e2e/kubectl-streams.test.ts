/** attach and port-forward against real containers: the package's kubectl does what stock kubectl does. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unless } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { root, TestCluster, whyNoCluster } from './support/cluster.ts';

const why = await whyNoCluster();
const skip = unless(why === undefined, why ?? '');
const IMAGE = 'kubets.example/hello:v1';
let cluster: TestCluster;

/** A kubectl that goes on: what it printed, and how it ended. */
class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(program: readonly string[], args: readonly string[]) {
    const [file = '', ...first] = program;
    this.child = spawn(file, [...first, ...args], { env: { ...process.env, KUBECONFIG: join(cluster.folder, 'kubeconfig'), PATH: `${dirname(process.execPath)}:${process.env['PATH']}` } });
    this.#closed = once(this.child, 'close');
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  async ended(): Promise<number> {
    await this.#closed; // by then all that it printed is there
    return this.child.exitCode ?? 1;
  }

  /** The local ports that it says it forwards, by the pod's, once there are `count` of them. */
  async ports(count: number): Promise<Map<number, number>> {
    const found = (): RegExpExecArray[] => [...this.stdout.matchAll(/Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)/g)];
    await until(`${count} ports are forwarded; ${this.stderr}`, async () => found().length === count);
    return new Map(found().map(([, local, remote]) => [Number(remote), Number(local)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGINT');
    await this.ended();
  }
}

function fetchText(port: number, host = '127.0.0.1'): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get({ host, port, agent: false }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text.trim()));
  }).on('error', reject);
  return promise;
}

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  restartPolicy: Never
  containers:
  - {name: main, image: "${IMAGE}", stdin: true, command: [sh, -c, "while read line; do echo got $line; echo warn $line >&2; [ $line = end ] && exit 4; done"]}
  - {name: ticker, image: "${IMAGE}", command: [sh, -c, "while true; do echo tick; sleep 0.2; done"]}
---
apiVersion: v1
kind: Pod
metadata: {name: terminal}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: main, image: "${IMAGE}", stdin: true, tty: true, command: [sh, -c, "read line; echo $(test -t 0 && echo tty) $line; sleep 1000"]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: web, image: "${IMAGE}", ports: [{name: http, containerPort: 8080}], command: [sh, -c, "mkdir /www && echo served > /www/index.html && httpd -p 8081 -h /www && exec httpd -f -p 8080 -h /www"]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: plain, port: 80, targetPort: http}, {name: other, port: 81, targetPort: 8081}]}
`;

before(async () => {
  if (skip) return;
  cluster = await TestCluster.create('streams');
  await cluster.up('--nodes', '1');
  await cluster.loadExampleImages();
});

after(async () => {
  if (!skip) await cluster[Symbol.asyncDispose]();
});

for (const { name, program } of [{ name: 'stock', program: ['kubectl'] }, { name: 'ours', program: [process.execPath, join(root, 'bin', 'kubets.mjs'), 'kubectl'] }]) {
  describe(`${name} kubectl`, { skip }, () => {
    const run = (...args: string[]): Running => new Running(program, args);

    before(async () => {
      await cluster.apply(PODS);
      await cluster.kubectl('wait', 'pod/reader', 'pod/terminal', '--for=condition=Ready', '--timeout=300s');
      await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=300s');
    });

    after(async () => {
      // In the foreground: the next kubectl shall not meet the pods of this one.
      await cluster.kubectl('delete', 'pod/reader', 'pod/terminal', 'deployment/web', 'service/web', '--now', '--cascade=foreground');
    });

    test('logs should be able to retrieve and filter logs', async () => {
      const script = 'i=0; while [ $i -lt 1000 ]; do echo "$i GET /api/v1/namespaces/kube-system/pods/$i"; i=$((i + 1)); sleep 0.2; done';
      const kubectl = async (...args: string[]): Promise<string> => {
        const call = run(...args);
        const code = await call.ended();
        assert.equal(code, 0, `${args.join(' ')}: ${call.stderr}`);
        return call.stdout;
      };
      const logs = (...flags: string[]): Promise<string> => kubectl('logs', 'logs-generator', 'logs-generator', ...flags);
      await kubectl('run', 'logs-generator', `--image=${IMAGE}`, '--restart=Never', '--pod-running-timeout=2m0s', '--', 'sh', '-c', script);
      await cluster.kubectl('wait', 'pod/logs-generator', '--for=jsonpath={.status.phase}=Running', '--timeout=180s');
      await until('it says something', async () => (await logs()).includes('/api/v1/namespaces/kube-system'));
      assert.match(await logs('--tail=1'), /^\d+ GET [^\n]+\n$/);
      assert.equal((await logs('--limit-bytes=1')).length, 1);
      assert.match(await logs('--tail=1', '--timestamps'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) \d+ GET [^\n]+\n$/);
      await until('what is recent is less than all', async () => {
        const recent = await logs('--since=1s');
        return recent.split('\n').length < (await logs('--since=24h')).split('\n').length;
      });
      await cluster.kubectl('delete', 'pod/logs-generator', '--now');
    });

    test('attach shows what a container says, and gives it what is typed', async () => {
      await using ticker = run('attach', 'reader', '-c', 'ticker');
      await until('a tick is heard', async () => ticker.stdout.includes('tick\n'));

      await using reader = run('attach', 'reader', '-i');
      await until('it is attached', async () => reader.stderr.includes("If you don't see a command prompt, try pressing enter."));
      assert.match(reader.stderr, /Defaulted container "main" out of: main, ticker/);
      reader.child.stdin?.write('hello\n');
      await until('it answers', async () => reader.stdout.includes('got hello\n') && reader.stderr.includes('warn hello\n'));
      reader.child.stdin?.write('end\n');
      await reader.ended();
      assert.match(reader.stdout, /got end\n$/);

      for (const { words, says } of [
        { words: ['attach', 'reader', '-c', 'nope'], says: /container nope not found in pod reader/ },
        { words: ['attach', 'nobody'], says: /pods "nobody" not found/ },
      ]) {
        await using wrong = run(...words);
        assert.equal(await wrong.ended(), 1);
        assert.match(wrong.stderr, says);
      }
    });

    test('attach to a container with a terminal, from a program that has none', async () => {
      await using typed = run('attach', '-it', 'terminal');
      await until('it is attached', async () => typed.stderr.includes('try pressing enter'));
      assert.match(typed.stderr, /Unable to use a TTY - input is not a terminal or the right kind of file/);
      typed.child.stdin?.write('typed\n');
      await until('it answers', async () => typed.stdout.includes('tty typed'));
    });

    test('port-forward to a pod, a deployment and a service: several ports, by name, on free ports', async () => {
      const pod = (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).replace('pod/', '');
      for (const { words, remotes } of [
        { words: [`pod/${pod}`, ':8080', ':8081'], remotes: [8080, 8081] }, { words: [pod, ':http'], remotes: [8080] }, { words: ['deployment/web', ':8081'], remotes: [8081] }, { words: ['service/web', ':80', ':other'], remotes: [8080, 8081] },
      ]) {
        await using forward = run('port-forward', ...words, '--address=127.0.0.1');
        const ports = await forward.ports(remotes.length);
        for (const remote of remotes) assert.equal(await fetchText(ports.get(remote) ?? 0), 'served', words.join(' '));
        const answers = await Promise.all(Array.from({ length: 8 }, () => fetchText(ports.get(remotes[0] ?? 0) ?? 0)));
        assert.deepEqual(new Set(answers), new Set(['served']));
        await until('it tells of connections', async () => forward.stdout.includes(`Handling connection for ${ports.get(remotes[0] ?? 0)}\n`));
      }
    });

    test('port-forward listens where it is told, tells of ports that nobody serves, and of what is not there', async () => {
      await using closed = run('port-forward', 'deployment/web', ':9999', '--address=127.0.0.1');
      const port = (await closed.ports(1)).get(9999) ?? 0;
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await until('it says that nobody listens', async () => /an error occurred forwarding \d+ -> 9999/.test(closed.stderr));
      socket.destroy();

      const address = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address;
      if (address !== undefined) {
        await using wide = run('port-forward', 'deployment/web', ':8080', '--address', `127.0.0.1,${address}`);
        await until('it listens on both', async () => wide.stdout.includes(`Forwarding from ${address}:`));
        const [, local = '0'] = new RegExp(`Forwarding from ${address}:(\\d+)`).exec(wide.stdout) ?? [];
        assert.equal(await fetchText(Number(local), address), 'served');
      }

      for (const { words, says } of [
        { words: ['nobody', '80'], says: /pods "nobody" not found/ }, { words: ['service/web', '99'], says: /Service web does not have a service port 99/ }, { words: ['service/web', ':nope'], says: /Service 'web' does not have a named port 'nope'/ },
        { words: ['deployment/web', ':nope'], says: /Pod 'web-[\w-]+' does not have a named port 'nope'/ }, { words: ['deployment/web'], says: /TYPE\/NAME and list of ports are required for port-forward/ },
      ]) {
        await using wrong = run('port-forward', ...words);
        assert.equal(await wrong.ended(), 1, words.join(' '));
        assert.match(wrong.stderr, says);
      }
    });
  });
}
