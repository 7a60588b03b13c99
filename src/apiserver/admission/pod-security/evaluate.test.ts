import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { violationsOf, type Level } from './evaluate.ts';
import { podFacts } from './pod-facts.ts';

const main = { name: 'main', image: 'i', resources: {} };
const hardened = { ...main, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } };

const BARE = [main, { ...main, name: 'other' }];
const container = (securityContext: object, name = 'main'): never => ({ ...main, name, securityContext }) as never;
const ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/main';

interface Case {
  readonly name: string;
  readonly level: Level;
  readonly version?: string;
  readonly spec: Partial<PodSpec>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly expected: string | undefined;
}

const CASES: readonly Case[] = [
  { name: 'a plain pod keeps to the baseline', level: 'baseline', spec: {}, expected: undefined },
  { name: 'host namespaces', level: 'baseline', spec: { hostNetwork: true, hostPID: true }, expected: 'host namespaces (hostNetwork=true, hostPID=true)' },
  { name: 'several checks, in order', level: 'baseline', spec: { containers: [{ ...main, ports: [{ containerPort: 1, hostPort: 1 }], securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } } }] },
    expected: 'non-default capabilities (container "main" must not include "SYS_ADMIN" in securityContext.capabilities.add), hostPort (container "main" uses hostPort 1)' },
  { name: 'several volumes', level: 'baseline', spec: { volumes: [{ name: 'h', hostPath: { path: '/' } }, { name: 'i', hostPath: { path: '/x' } }] }, expected: 'hostPath volumes (volumes "h", "i")' },
  { name: 'an init container is a container', level: 'baseline', spec: { initContainers: [{ ...main, name: 'init', securityContext: { privileged: true } }] },
    expected: 'privileged (container "init" must not set securityContext.privileged=true)' },
  { name: 'a plain pod is not restricted', level: 'restricted', spec: {},
    expected: 'allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")' },
  { name: 'a hardened pod is', level: 'restricted', spec: { containers: [hardened], securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } }, expected: undefined },
  { name: 'AppArmor profiles, as fields and as annotations', level: 'baseline', annotations: { [ANNOTATION]: 'unconfined' },
    spec: { securityContext: { appArmorProfile: { type: 'Unconfined' } }, containers: [container({ appArmorProfile: { type: 'Unconfined' } })] },
    expected: `forbidden AppArmor profiles (pod and container "main" and annotation must not set AppArmor profile type to "Unconfined", "${ANNOTATION}="unconfined"")` },
  { name: 'SELinux options of pod and containers together', level: 'baseline', spec: { securityContext: { seLinuxOptions: { user: 'u' } }, containers: [container({ seLinuxOptions: { type: 'spc_t' } }), container({ seLinuxOptions: { role: 'r' } }, 'b')] },
    expected: 'seLinuxOptions (pod and containers "main", "b" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)' },
  { name: 'a SELinux type that came with v1.31', level: 'baseline', version: 'v1.30', spec: { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } },
    expected: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")' },
  { name: 'the same in the newest version', level: 'baseline', spec: { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }, expected: undefined },
  { name: 'a version to come asks for what the newest does', level: 'baseline', version: 'v1.99', spec: { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }, expected: undefined },
  ...[['v1.31', 'net.ipv4.tcp_rmem'], ['v1.28', 'net.ipv4.tcp_fin_timeout'], ['v1.26', 'net.ipv4.ip_local_reserved_ports']].map(([version = '', name = '']): Case => (
    { name: `${name} in ${version}`, level: 'baseline', version, spec: { securityContext: { sysctls: [{ name, value: '1' }, { name: 'net.ipv4.tcp_syncookies', value: '1' }] } }, expected: `forbidden sysctls (${name})` })),
  { name: 'Windows host processes', level: 'baseline', spec: { securityContext: { windowsOptions: { hostProcess: true } }, containers: [container({ windowsOptions: { hostProcess: true } })] },
    expected: 'hostProcess (pod and container "main" must not set securityContext.windowsOptions.hostProcess=true)' },
  { name: 'seccomp profiles', level: 'baseline', spec: { securityContext: { seccompProfile: { type: 'Unconfined' } }, containers: [container({ seccompProfile: { type: 'Unconfined' } })] },
    expected: 'seccompProfile (pod and container "main" must not set securityContext.seccompProfile.type to "Unconfined")' },
  { name: 'seccomp was annotations before v1.19', level: 'baseline', version: 'v1.18', spec: { securityContext: { seccompProfile: { type: 'Unconfined' } } }, annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
    expected: 'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")' },
  { name: 'hosts of probes since v1.34', level: 'baseline', version: 'v1.33', spec: { containers: [{ ...main, livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } }] }, expected: undefined },
  { name: 'hosts of probes', level: 'baseline', spec: { containers: [{ ...main, livenessProbe: { httpGet: { host: '10.0.0.2', port: 80 } }, lifecycle: { preStop: { tcpSocket: { host: '10.0.0.1', port: 1 } } } }] },
    expected: 'probe or lifecycle host (container "main" uses probe or lifecycle hosts "10.0.0.1", "10.0.0.2")' },
  { name: 'an unmasked /proc', level: 'baseline', spec: { containers: [container({ procMount: 'Unmasked' })] }, expected: 'procMount (container "main" must not set securityContext.procMount to "Unmasked")' },
  { name: 'an unmasked /proc in a user namespace', level: 'baseline', spec: { hostUsers: false, containers: [container({ procMount: 'Unmasked' })] }, expected: undefined },
  { name: 'an unmasked /proc in a user namespace before v1.35', level: 'baseline', version: 'v1.34', spec: { hostUsers: false, containers: [container({ procMount: 'Unmasked' })] },
    expected: 'procMount (container "main" must not set securityContext.procMount to "Unmasked")' },
  { name: 'in a user namespace root may be root, but /proc stays masked', level: 'restricted', spec: { hostUsers: false, securityContext: { runAsUser: 0, seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }, containers: [{ ...hardened, securityContext: { ...hardened.securityContext, procMount: 'Unmasked' } }] },
    expected: 'procMount (container "main" must not set securityContext.procMount to "Unmasked")' },
  { name: 'root in a user namespace before v1.35', level: 'restricted', version: 'v1.34', spec: { hostUsers: false, securityContext: { runAsNonRoot: false, runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } }, containers: [{ ...hardened, securityContext: { ...hardened.securityContext, runAsUser: 0, runAsNonRoot: false } }] },
    expected: 'runAsNonRoot != true (pod and container "main" must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "main" must not set runAsUser=0)' },
  { name: 'volumes of images are allowed, others are told by their type', level: 'restricted', version: 'v1.7', spec: { securityContext: { runAsNonRoot: true }, volumes: [{ name: 'i', image: { reference: 'x' } }, { name: 'n', nfs: { server: 's', path: '/' } }, { name: 'h', hostPath: { path: '/' } }] },
    expected: 'restricted volume types (volumes "n", "h" use restricted volume types "hostPath", "nfs")' },
  { name: 'what restricted pods had to be in v1.8', level: 'restricted', version: 'v1.8', spec: { containers: BARE },
    expected: 'allowPrivilegeEscalation != false (containers "main", "other" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or containers "main", "other" must set securityContext.runAsNonRoot=true)' },
  { name: 'Windows pods need less since v1.25', level: 'restricted', version: 'v1.25', spec: { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } }, expected: undefined },
  { name: 'Windows pods before', level: 'restricted', version: 'v1.24', spec: { os: { name: 'windows' }, securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }, containers: [container({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] }, allowPrivilegeEscalation: false })] },
    expected: 'unrestricted capabilities (container "main" must not include "CHOWN" in securityContext.capabilities.add)' },
  { name: 'anything is privileged', level: 'privileged', spec: { hostNetwork: true }, expected: undefined },
];
for (const { name, level, version = 'latest', spec, annotations, expected } of CASES) {
  test(`pod security: ${name}`, () => assert.equal(violationsOf({ level, version }, podFacts({ containers: [main], ...spec } as PodSpec, annotations)), expected));
}
