import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, made, statusFaults, updateFaults, type Fields } from '../../../../test/support/kind-faults.ts';
import { pod } from '../pod.ts';

const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const SEARCH_TEXT = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const main = { name: 'main', image: 'i' };
const spec = (fields: Fields, container: Fields = {}): Fields => ({ spec: { containers: [{ ...main, ...container }], ...fields } });
const file = (path: string): Fields => ({ path, fieldRef: { fieldPath: 'metadata.name' } });
const volume = (source: Fields, others: Fields[] = []): Fields => spec({ volumes: [{ name: 'a', ...source }, ...others] });

test('fields of features that are off go', () => {
  const sources = [{ clusterTrustBundle: { name: 'a', path: 'p' } }, { podCertificate: { signerName: 's', keyType: 'X' } }];
  const fields = { spec: { containers: [{ name: 'c', image: 'i' }], schedulingGroup: { podGroupName: 'g' }, volumes: [{ name: 'v', projected: { sources } }] } };
  assert.deepEqual(createFaults(pod, fields), []);
  const { spec: stored } = made(pod, fields) as unknown as { spec: Fields };
  assert.equal(stored['schedulingGroup'], undefined);
  assert.deepEqual(stored['volumes'], [{ name: 'v', projected: { sources: [{}, {}], defaultMode: 0o644 } }]);
});

suite('what is wrong with a pod', () => {
  const cases: readonly { name: string; fields: Fields; expected: string[] }[] = [
    { name: 'a mount that goes up: the path is that of the list', fields: spec({ volumes: [{ name: 'a', emptyDir: {} }] }, { volumeMounts: [{ name: 'a', mountPath: '/x', subPath: '../y' }] }), expected: ['spec.containers[0].volumeMounts.subPath: Invalid value: "../y": must not contain \'..\''] },
    { name: 'propagation without privilege', fields: spec({ volumes: [{ name: 'a', emptyDir: {} }] }, { volumeMounts: [{ name: 'a', mountPath: '/x', mountPropagation: 'Bidirectional' }] }), expected: ['spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers'] },
    { name: 'a claim that an ephemeral volume makes', fields: volume({ ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } } } }, [{ name: 'b', persistentVolumeClaim: { claimName: 'x-a' } }]), expected: ['spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "x-a": must not reference a PVC that gets created for an ephemeral volume'] },
    { name: 'a field of the pod in a volume', fields: volume({ downwardAPI: { items: [{ path: 'p' }] } }), expected: ['spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required'] },
    { name: 'two sources in one projection', fields: volume({ projected: { sources: [{ secret: { name: 's' }, configMap: { name: '' } }] } }), expected: ['spec.volumes[0].projected.sources[0].configMap.name: Required value', 'spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source'] },
    { name: 'a token without a path', fields: { spec: { ...(volume({ projected: { sources: [{ serviceAccountToken: { path: '', expirationSeconds: 5 } }] } })['spec'] as Fields), serviceAccountName: 's' } }, expected: ['spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes', 'spec.volumes[0].projected.path: Required value'] },
    { name: 'a partition of a disk', fields: volume({ gcePersistentDisk: { pdName: '', partition: 256 } }), expected: ['spec.volumes[0].persistentDisk.pdName: Required value', 'spec.volumes[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive'] },
    { name: 'an address of a disk', fields: volume({ azureDisk: { diskName: 'd', diskURI: 'x' } }), expected: ['spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"'] },
    { name: 'names of storageos', fields: volume({ storageos: { volumeName: 'A', secretRef: {} } }), expected: ["spec.volumes[0].storageos.volumeName: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')", 'spec.volumes[0].storageos.secretRef.name: Required value'] },
    { name: 'a registry of quobyte', fields: volume({ quobyte: { registry: 'a', volume: '' } }), expected: ['spec.volumes[0].quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas', 'spec.volumes[0].quobyte.volume: Required value'] },
    { name: 'initiators', fields: volume({ iscsi: { targetPortal: 'p'.repeat(63), iqn: 'x', lun: 256, initiatorName: 'iqn.bad' } }), expected: ['spec.volumes[0].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa', 'spec.volumes[0].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive', 'spec.volumes[0].iscsi.initiatorname: Invalid value: "iqn.bad": must be valid format', 'spec.volumes[0].name: Invalid value: "a": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'] },
    { name: 'claims of storage with a name', fields: volume({ ephemeral: { volumeClaimTemplate: { metadata: { name: 'n' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } } } }), expected: ['spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set'] },
    { name: 'ports on the network of the host', fields: spec({ hostNetwork: true }, { ports: [{ containerPort: 80, hostPort: 81 }] }), expected: ['spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true'] },
    { name: 'users of its own beside spaces of the host', fields: spec({ hostUsers: false, hostIPC: true }), expected: ['spec.HostIPC: Forbidden: when `hostUsers` is false'] },
    { name: 'a sysctl', fields: spec({ hostNetwork: true, securityContext: { sysctls: [{ name: 'a..b', value: '1' }, { name: 'net/ipv4/x', value: '1' }] } }), expected: ['spec.securityContext.sysctls[0].name: Invalid value: "a..b": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$', 'spec.securityContext.sysctls[1].name: Invalid value: "net/ipv4/x": may not be specified when \'hostNetwork\' is true'] },
    { name: 'names of Windows users', fields: spec({}, { securityContext: { windowsOptions: { runAsUserName: 'a\\b\\c' } } }), expected: ['spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash'] },
    { name: 'what Windows does not know, in one order', fields: spec({ os: { name: 'windows' }, hostPID: true, hostIPC: false, hostUsers: true, securityContext: { fsGroup: 1, seLinuxOptions: {}, runAsUser: 1, sysctls: [] }, shareProcessNamespace: false }), expected: ['securityContext.seLinuxOptions', 'hostUsers', 'hostPID', 'securityContext.fsGroup', 'shareProcessNamespace', 'securityContext.runAsUser'].map((name) => `spec.${name}: Forbidden: cannot be set for a windows pod`) },
    { name: 'a shared space of processes on Windows', fields: spec({ os: { name: 'windows' }, shareProcessNamespace: true }), expected: ['spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod'] },
    { name: 'a key of labels that the selector names, too', fields: { metadata: { labels: { k: 'v' } }, ...spec({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 't', labelSelector: { matchLabels: { k: 'v' } }, matchLabelKeys: ['k'] }] } } }) }, expected: ['spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]: Invalid value: "k": exists in both matchLabelKeys and labelSelector'] },
    { name: 'no fault: a preference for nodes that cannot be', fields: spec({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] } }] } } }), expected: [] },
    { name: 'claims of devices', fields: spec({ resourceClaims: [{ name: 'c', resourceClaimName: 'r' }] }, { resources: { claims: [{ name: 'c', request: 'a' }, { name: 'c' }, { name: 'd' }] } }), expected: ['spec.containers[0].resources.claims[1]: Duplicate value: "c"', 'spec.containers[0].resources.claims[2]: Not found: "d": must be one of the names in pod.spec.resourceClaims: c'] },
    { name: 'a container with more than its pod', fields: spec({ resources: { limits: { cpu: '1' } } }, { resources: { limits: { cpu: '2' }, requests: { cpu: '1' } } }), expected: ['spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1'] },
    { name: 'resources that pods do not share', fields: spec({ resources: { limits: { 'ephemeral-storage': '1', bogus: '1' } } }), expected: ['spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"', 'spec.resources.limits[bogus]: Invalid value: "bogus": must be a standard resource type or fully qualified'] },
    { name: 'annotations', fields: { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '05', 'kubernetes.io/config.mirror': 'm', 'container.apparmor.security.beta.kubernetes.io/none': 'bad', 'seccomp.security.alpha.kubernetes.io/pod': 'bad' } }, ...spec({}) }, expected: ['metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "m": must set spec.nodeName if mirror pod annotation is set', 'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "05": must be a 32bit integer', 'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "bad": must be a valid seccomp profile', 'metadata.annotations[container.apparmor.security.beta.kubernetes.io/none]: Invalid value: "none": container not found', 'metadata.annotations[container.apparmor.security.beta.kubernetes.io/none]: Invalid value: "bad": invalid AppArmor profile name: "bad"'] },
    { name: 'tolerations in an annotation', fields: { metadata: { annotations: { [TOLERATIONS]: '[{"operator":"Exists","value":"v"}]' } }, ...spec({}) }, expected: [`metadata.annotations.${TOLERATIONS}[0].operator: Invalid value: "v": value must be empty when \`operator\` is 'Exists'`] },
    { name: 'no tolerations in their annotation', fields: { metadata: { annotations: { [TOLERATIONS]: '{}' } }, ...spec({}) }, expected: [`metadata.annotations: Invalid value: "${TOLERATIONS}": json: cannot unmarshal object into Go value of type []core.Toleration`] },
    { name: 'a long place to search', fields: spec({ dnsConfig: { searches: [`${'a.'.repeat(127)}.`, 'a.'.repeat(127)] } }), expected: [
      `spec.dnsConfig.searches[0]: Invalid value: "${'a.'.repeat(127)}": must be no more than 253 characters`, `spec.dnsConfig.searches[0]: Invalid value: "${'a.'.repeat(127)}": ${SEARCH_TEXT}`,
    ] },
    { name: 'a profile said twice', fields: { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' } }, ...spec({}, { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }) }, expected: ['spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match'] },
  ];
  for (const { name, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(pod, fields).sort(), [...expected].sort()));
});

suite('what a pod may not become', () => {
  test('its image has no space around it', () => {
    assert.deepEqual(updateFaults(pod, spec({}, { image: ' i' }), spec({})), Array(2).fill('spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'));
  });
  test('its AppArmor annotations stay', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/main';
    assert.deepEqual(updateFaults(pod, { metadata: { annotations: { [key]: 'unconfined' } }, ...spec({}) }, spec({})), [`metadata.annotations[${key}]: Forbidden: may not add AppArmor annotations`]);
  });
  test('a gated pod keeps its terms', () => {
    const terms = (all: unknown[]): Fields => spec({ schedulingGates: [{ name: 'g' }], affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: all } } } });
    const one = { matchExpressions: [{ key: 'a', operator: 'Exists' }] };
    assert.deepEqual(updateFaults(pod, terms([one, one]), terms([one])), ['spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Invalid value: [{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null},{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null}]: no additions/deletions to non-empty NodeSelectorTerms list are allowed']);
  });
});

suite('what kubelets may not report', () => {
  const cases: readonly { name: string; status: Fields; expected: string[] }[] = [
    { name: 'conditions without a name', status: { conditions: [{ type: 'a b', status: 'True' }] }, expected: ["status.conditions[0].Type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"] },
    { name: 'two addresses of one family', status: { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }, expected: ['status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family'] },
    { name: 'an address of the host that is another', status: { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.2' }] }, expected: ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'] },
    { name: 'claims that the pod has not', status: { resourceClaimStatuses: [{ name: 'c' }] }, expected: ['status.resourceClaimStatuses[0].name: Invalid value: "c": must match the name of an entry in `spec.resourceClaims`'] },
  ];
  for (const { name, status, expected } of cases) test(name, () => assert.deepEqual(statusFaults(pod, { status: { qosClass: 'BestEffort', ...status } }, spec({})), expected));
});

suite('what a pod is warned of', () => {
  const cases: readonly { name: string; fields: Fields; expected: string[] }[] = [
    { name: 'a name that is no label', fields: { metadata: { name: 'a.b' }, ...spec({}) }, expected: ["metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"] },
    { name: 'a port that two containers open', fields: { spec: { containers: [{ ...main, ports: [{ containerPort: 80, hostPort: 8080 }] }, { name: 'b', image: 'i', ports: [{ containerPort: 80 }] }] } }, expected: ['spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]'] },
    { name: 'an address without a port', fields: spec({}, { ports: [{ containerPort: 80, hostIP: '10.0.0.1' }] }), expected: ['spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}'] },
    { name: 'no warning: a variable that builds on itself', fields: spec({}, { env: [{ name: 'A', value: 'x' }, { name: 'A', value: '$(A)y' }] }), expected: [] },
    { name: 'files that hide each other', fields: volume({ configMap: { name: 'c', items: [{ key: 'a', path: 'p' }, { key: 'b', path: 'p/q' }] } }), expected: ['volume "a" (ConfigMap "c"): overlapping paths: "p/q" with "p"'] },
    { name: 'no warning: files whose names begin alike', fields: volume({ secret: { secretName: 's', items: [{ key: 'a', path: 'p' }, { key: 'b', path: 'pq' }] } }), expected: [] },
    { name: 'projected files that hide each other, each with its source', fields: volume({ projected: { sources: [{ serviceAccountToken: { path: 'p/q' } }, { downwardAPI: { items: [file('p'), file('o')] } }, { secret: { name: 's', items: [{ key: 'a', path: 'p' }] } }] } }), expected: ['volume "a" (Projected): overlapping paths: "p" (DownwardAPI) with "p/q" (ServiceAccountToken)', 'volume "a" (Projected): overlapping paths: "p" (Secret "s") with "p/q" (ServiceAccountToken)', 'volume "a" (Projected): overlapping paths: "p" (Secret "s") with "p" (DownwardAPI)'] },
    { name: 'a projection of nothing', fields: volume({ projected: { sources: [{}] } }), expected: ['volume "a" (Projected) has no sources provided'] },
    { name: 'an old key of spreading', fields: spec({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'failure-domain.beta.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }] }), expected: ['spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead'] },
    { name: 'parts of bytes', fields: spec({}, { resources: { limits: { memory: '1500m' } } }), expected: ['spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer', 'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer'] },
  ];
  for (const { name, fields, expected } of cases) test(name, () => assert.deepEqual(createWarnings(pod, fields), expected));
});
