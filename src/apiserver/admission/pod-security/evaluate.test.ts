import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { violationsOf, type Level } from './evaluate.ts';
import { podFacts } from './pod-facts.ts';

const main = { name: 'main', image: 'i', resources: {} };
const hardened = { ...main, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } };

const CASES: readonly { name: string; level: Level; spec: Partial<PodSpec>; expected: string | undefined }[] = [
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
  { name: 'anything is privileged', level: 'privileged', spec: { hostNetwork: true }, expected: undefined },
];
for (const { name, level, spec, expected } of CASES) {
  test(`pod security: ${name}`, () => assert.equal(violationsOf({ level, version: 'latest' }, podFacts({ containers: [main], ...spec } as PodSpec, undefined)), expected));
}
