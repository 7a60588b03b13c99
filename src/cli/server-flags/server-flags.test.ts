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
  { name: 'what kubets does anyway cannot be turned off', yaml: 'use-service-account-credentials: false', expected: /use-service-account-credentials: false: kubets knows only true here: each controller acts as its own service account\.$/ },
  { name: 'a cipher suite that nobody knows is refused', yaml: 'tls-cipher-suites: [TLS_NONE]', expected: /tls-cipher-suites: \["TLS_NONE"\]: must be one of TLS_AES_128_GCM_SHA256, / },
  { name: 'one key signs all tokens', yaml: 'service-account-signing-key-file: /a\nservice-account-private-key-file: /b', expected: /must name the same file/ },
  { name: 'files of one signer and of all cannot both be given', yaml: 'cluster-signing-cert-file: /a\ncluster-signing-key-file: /b\ncluster-signing-kubelet-client-cert-file: /c\ncluster-signing-kubelet-client-key-file: /d', expected: /cannot both be given/ },
  { name: 'a signer needs its key', yaml: 'cluster-signing-kubelet-client-cert-file: /c', expected: /^--cluster-signing-kubelet-client-cert-file needs --cluster-signing-kubelet-client-key-file too$/ },
  { name: 'a certificate for names needs its key', yaml: 'tls-sni-cert-key: ["/a:foo.com"]', expected: /a certificate and its key look like/ },
  { name: 'names of certificates are no addresses', yaml: 'tls-sni-cert-key: ["/a,/b:10.0.0.1"]', expected: /10\.0\.0\.1 is no name of a domain/ },
  { name: 'a mode of audit that nobody knows is refused', yaml: 'audit-webhook-mode: later', expected: /must be one of batch, blocking, blocking-strict/ },
  { name: 'a throttle needs a rate', yaml: 'audit-log-batch-throttle-enable: true', expected: /^--audit-log-batch-throttle-enable needs --audit-log-batch-throttle-qps/ },
  { name: 'what kubets has not is refused with the reason', yaml: 'egress-selector-config-file: /a', expected: /kubets does not have it: there are no egress selectors/ },
  { name: 'origins are pinned at both ends', yaml: 'cors-allowed-origins: example.com', expected: /pin both ends/ },
  { name: 'clients are not asked to connect anew all the time', yaml: 'goaway-chance: 0.5', expected: /must be a number from 0 to 0\.02/ },
  { name: 'directives for browsers are those of HSTS', yaml: 'strict-transport-security-directives: [max-age=x]', expected: /may hold max-age=SECONDS/ },
  { name: 'a certificate needs its key', yaml: 'tls-cert-file: /a', expected: /^--tls-cert-file needs --tls-private-key-file too$/ },
]) test(name, () => assert.throws(() => optionsOf([], yaml), (error: Error) => expected.test(error.message)));

/** Source: kubeadm 1.36, cmd/kubeadm/app/phases/controlplane/manifests.go. */
const KUBEADM = `
--advertise-address=192.0.2.1 --allow-privileged=true --authorization-mode=Node,RBAC --client-ca-file=/etc/kubernetes/pki/ca.crt --enable-admission-plugins=NodeRestriction --enable-bootstrap-token-auth=true
--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key --etcd-servers=https://127.0.0.1:2379
--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt --kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt --proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key --requestheader-allowed-names=front-proxy-client
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User
--secure-port=6443 --service-account-issuer=https://kubernetes.default.svc.cluster.local --service-account-key-file=/etc/kubernetes/pki/sa.pub --service-account-signing-key-file=/etc/kubernetes/pki/sa.key
--service-cluster-ip-range=10.96.0.0/12 --tls-cert-file=/etc/kubernetes/pki/apiserver.crt --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
--allocate-node-cidrs=true --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf --authorization-kubeconfig=/etc/kubernetes/controller-manager.conf --bind-address=127.0.0.1 --cluster-cidr=10.244.0.0/16
--cluster-name=kubernetes --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt --cluster-signing-key-file=/etc/kubernetes/pki/ca.key --controllers=*,bootstrapsigner,tokencleaner --kubeconfig=/etc/kubernetes/controller-manager.conf
--leader-elect=true --root-ca-file=/etc/kubernetes/pki/ca.crt --service-account-private-key-file=/etc/kubernetes/pki/sa.key --use-service-account-credentials=true`;

test('all that kubeadm writes into manifests is understood', () => {
  const options = optionsOf(KUBEADM.trim().split(/\s+/));
  assert.equal(options.store, 'etcd=https://127.0.0.1:2379');
  assert.deepEqual(options.reach.kubeletFiles, { certificate: '/etc/kubernetes/pki/apiserver-kubelet-client.crt', key: '/etc/kubernetes/pki/apiserver-kubelet-client.key' });
  assert.deepEqual(options.reach.proxyFiles, { certificate: '/etc/kubernetes/pki/front-proxy-client.crt', key: '/etc/kubernetes/pki/front-proxy-client.key' });
  assert.equal(options.serviceAccounts.signingKeyFile, '/etc/kubernetes/pki/sa.key');
});

test('how many endpoints a slice holds', () => assert.equal(optionsOf(['--max-endpoints-per-slice=7']).controllerOptions.maxEndpointsPerSlice, 7));

test('how clients connect', () => {
  const { connections } = optionsOf(['--goaway-chance=0.001', '--shutdown-delay-duration=10s', '--external-hostname=api.example', '--strict-transport-security-directives=max-age=31536000,includeSubDomains', '--cors-allowed-origins=(?i)//example\\.com(:|$)', '--disable-http2-serving', '--permit-port-sharing']);
  assert.deepEqual({ ...connections, browsers: undefined }, { http2: false, maxStreams: undefined, goawayChance: 0.001, sharesPort: true, shutdownDelayMs: 10_000, externalHostname: 'api.example', browsers: undefined });
  assert.deepEqual(connections.browsers?.transportDirectives, ['max-age=31536000', 'includeSubDomains']);
  assert.ok(connections.browsers?.allowedOrigins[0]?.test('https://EXAMPLE.com:8443'));
});

test('certificates for names, and of signers', () => {
  const options = optionsOf(['--tls-sni-cert-key=a.crt,a.key', '--tls-sni-cert-key=b.crt,b.key:*.foo.com,foo.com', '--cluster-signing-kubelet-serving-cert-file=/c', '--cluster-signing-kubelet-serving-key-file=/d']);
  assert.deepEqual(options.sniFiles, [{ certificate: 'a.crt', key: 'a.key', patterns: [] }, { certificate: 'b.crt', key: 'b.key', patterns: ['*.foo.com', 'foo.com'] }]);
  assert.deepEqual(options.signingFiles, { 'kubelet-serving': { certificate: '/c', key: '/d' } });
});

test('and what hardening guides add', () => {
  const options = optionsOf(['--profiling=false', '--tls-min-version=VersionTLS13', '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', '--kubelet-certificate-authority=/ca', '--etcd-compaction-interval=0', '--default-not-ready-toleration-seconds=30']);
  assert.deepEqual([options.reach.tlsMinVersion, options.reach.tlsCipherSuites, options.reach.kubeletCaFile], ['VersionTLS13', ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], '/ca']);
  assert.deepEqual([options.historyMs, options.tolerationSeconds], [0, { notReady: 30, unreachable: 300 }]);
});
