import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import type { ServerOptions } from '../../cluster/server-options.ts';
import { addServerFlags, applyConfigFile, serverOptions, type ServerFlags } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-flags-'));
after(() => rmSync(folder, { recursive: true }));

function optionsOf(args: readonly string[], yaml?: string): ServerOptions {
  const command = new Command('server').exitOverride().configureOutput({ writeErr: () => undefined });
  addServerFlags(command);
  command.parse([...args], { from: 'user' });
  if (yaml !== undefined) {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, yaml);
    applyConfigFile(command, file);
  }
  return serverOptions(command.opts<ServerFlags>());
}

test('a file says what flags say', () => {
  const flags = ['--port', '7443', '--controllers', '*,-job-controller', '--event-ttl', '2h', '--service-node-port-range', '30000-30100', '--runtime-config', 'batch/v1=false', '--anonymous-auth=false', '--service-account-issuer', 'https://a', '--service-account-issuer', 'https://b', '--disable-scheduler', '--tls-san', 'a.example,b.example', '--node-eviction-rate', '0.5'];
  const yaml = `
port: 7443
controllers: ['*', -job-controller]
event-ttl: 2h
service-node-port-range: 30000-30100
runtime-config: {batch/v1: false}
anonymous-auth: false
service-account-issuer: ['https://a,https://b']
disable-scheduler: true
tls-san: [a.example, b.example]
node-eviction-rate: 0.5
`.replace("['https://a,https://b']", 'https://a');
  const [one, other] = [optionsOf(flags.filter((_, i) => i !== 13 && i !== 14)), optionsOf([], yaml)];
  const plain = (options: ServerOptions): object => ({ ...options, featureGates: undefined });
  assert.deepEqual(plain(other), plain({ ...one, serviceAccounts: { ...one.serviceAccounts, issuers: ['https://a'] } }));
  assert.equal(other.eventTtlSeconds, 7200);
  assert.deepEqual(other.nodePortRange, { first: 30_000, last: 30_100 });
});

test('the command line wins over the file', () => {
  const options = optionsOf(['--port', '1'], 'port: 2\nbind-address: 127.0.0.1\n');
  assert.deepEqual([options.port, options.bindAddress], [1, '127.0.0.1']);
});

for (const { name, yaml, expected } of [
  { name: 'a key that is no flag is refused', yaml: 'bogus: 1', expected: /there is no flag --bogus; "kubets server --help" lists the keys$/ },
  { name: 'a value that the flag refuses is refused', yaml: 'port: 99999', expected: /config\.yaml: port: 99999: a port is a whole number/ },
  { name: 'a key given twice is refused', yaml: 'port: 1\nport: 2', expected: /is no valid YAML: Map keys must be unique/ },
  { name: 'a list at the top is refused', yaml: '- port', expected: /must hold flags by name/ },
  { name: 'an unknown feature gate is refused', yaml: 'feature-gates: {Foo: true}', expected: /unrecognized feature gate: Foo$/ },
  { name: 'a certificate needs its key', yaml: 'tls-cert-file: /a', expected: /^--tls-cert-file needs --tls-private-key-file too$/ },
]) test(name, () => assert.throws(() => optionsOf([], yaml), (error: Error) => expected.test(error.message)));
