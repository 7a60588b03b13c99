import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Pod, PodStatus } from '../generated/core-v1.ts';
import { schemas } from '../schemas.ts';
import { podStatusStrategy } from './pod-status.ts';
import { pod } from './pod.ts';

const context = { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} };
const decoder = new ObjectDecoder(schemas);

type Fields = Record<string, unknown>;

function podOf(spec: Fields, status: Fields): Pod {
  const { object } = decoder.decode<Pod>('core.v1.Pod', { metadata: { name: 'p' }, spec: { containers: [{ name: 'main', image: 'i' }], ...spec }, status });
  pod.default?.(object);
  return object;
}

function write(spec: Fields, before: Fields, status: Fields): { status: PodStatus; faults: string[]; warnings: string[] } {
  const [old, object] = [podOf(spec, before), podOf({}, status)];
  podStatusStrategy.prepareForUpdate?.(object, old, context);
  const errors = new FieldErrors();
  podStatusStrategy.validateUpdate?.(object, old, errors, { group: '', version: 'v1' });
  return { status: object.status, warnings: errors.warnings, faults: errors.causes.map((cause) => `${cause.field}: ${cause.message}`) };
}

const ended = (name: string, exitCode = 1): Fields => ({ name, state: { terminated: { exitCode } } });
const runs = (name: string): Fields => ({ name, state: { running: {} } });
const ruled = (action: string): Fields => ({
  restartPolicy: 'Never',
  containers: [{ name: 'main', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action, exitCodes: { operator: 'In', values: [7] } }] }, { name: 'other', image: 'i' }],
});
const FINAL = 'Forbidden: may not be transitioned to non-terminated state';

suite('a container that has ended', () => {
  for (const { name, spec, before, status, faults } of [
    { name: 'runs again where the pod says so', spec: {}, before: [ended('main', 0)], status: [runs('main')], faults: [] },
    { name: 'stays so where it says that', spec: { restartPolicy: 'OnFailure' }, before: [ended('main', 0)], status: [runs('main')], faults: [`status.containerStatuses[0].state: ${FINAL}`] },
    { name: 'is told by its place of before', spec: { restartPolicy: 'Never', containers: ['a', 'b'].map((one) => ({ name: one, image: 'i' })) }, before: [ended('a'), ended('b')], status: [runs('b')], faults: [`status.containerStatuses[1].state: ${FINAL}`] },
    { name: 'runs again by a rule for its exit code', spec: ruled('Restart'), before: [ended('main', 7)], status: [runs('main')], faults: [] },
    { name: 'does not by a rule for another', spec: ruled('Restart'), before: [ended('main', 8)], status: [runs('main')], faults: [`status.containerStatuses[0].state: ${FINAL}`] },
    { name: 'runs again with all others by a rule of one of them', spec: ruled('RestartAllContainers'), before: [ended('other')], status: [runs('other')], faults: [] },
    { name: 'was none of the pod', spec: {}, before: [ended('stranger')], status: [runs('stranger')], faults: [`status.containerStatuses[0].state: ${FINAL}`] },
  ]) test(name, () => assert.deepEqual(write(spec, { containerStatuses: before }, { containerStatuses: status }).faults, faults));

  test('does not run again for debugging', () => {
    const { faults } = write({}, { ephemeralContainerStatuses: [ended('dbg')] }, { ephemeralContainerStatuses: [runs('dbg')] });
    assert.deepEqual(faults, [`status.ephemeralContainerStatuses[0].state: ${FINAL}`]);
  });
});

suite('the generation that a status is of', () => {
  test('is kept for those who do not know it, by type and place', () => {
    const conditions = [['A', 3], ['B', 4], ['A', 5]].map(([type, observedGeneration]) => ({ type, status: 'True', observedGeneration }));
    const { status } = write({}, { observedGeneration: 2, conditions }, { conditions: [{ type: 'A', status: 'False' }, { type: 'A', status: 'True', observedGeneration: 9 }, { type: 'C', status: 'True' }] });
    assert.deepEqual([status.observedGeneration, status.conditions?.map(({ observedGeneration }) => observedGeneration)], [2, [3, 9, undefined]]);
  });
  test('is not negative', () => {
    const { faults } = write({}, {}, { observedGeneration: -1, conditions: [{ type: 'a/b/c', status: 'True', observedGeneration: -2 }] });
    assert.deepEqual(faults.map((text) => text.slice(0, 52)), [
      'status.conditions[0].observedGeneration: Invalid val', 'status.conditions[0].Type: Invalid value: "a/b/c": a', 'status.observedGeneration: Invalid value: -1: must b',
    ]);
  });
});

test('a pod on a node is nominated for no other', () => {
  const text = 'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node';
  assert.deepEqual(write({ nodeName: 'n' }, {}, { nominatedNodeName: 'm' }).faults, [text]);
  assert.deepEqual(write({ nodeName: 'n' }, { nominatedNodeName: 'm' }, { nominatedNodeName: 'm' }).faults, []);
  assert.deepEqual(write({}, {}, { nominatedNodeName: 'm' }).faults, []);
});

test('an address that is none is of no family', () => {
  const { faults } = write({}, {}, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'x' }] });
  assert.deepEqual(faults.slice(1), [
    'status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x',
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"x"}]: may specify no more than one IP for each IP family',
  ]);
});

test('odd spellings of addresses are warned of', () => {
  const text = (at: string): string => `status.${at}: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")`;
  const { faults, warnings } = write({}, {}, { podIP: 'FD00::1', podIPs: [{ ip: 'FD00::1' }], hostIP: 'FD00::1', hostIPs: [{ ip: 'FD00::1' }] });
  assert.deepEqual([faults, warnings], [[], [text('podIPs[0].ip'), text('hostIPs[0].ip')]]);
});

test('addresses of one family are told of once', () => {
  const ips = [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }];
  assert.deepEqual(write({}, {}, { podIP: '10.0.0.1', podIPs: ips }).faults, ['status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family']);
});

suite('the claim that stands for extended resources', () => {
  const spec = { containers: [{ name: 'main', image: 'i', resources: { requests: { 'x.io/gpu': '1' }, limits: { 'x.io/gpu': '1' } } }] };
  const mapping = { containerName: 'main', resourceName: 'x.io/gpu', requestName: 'r0' };
  const at = 'status.extendedResourceClaimStatus';
  for (const { name, claim, faults } of [
    { name: 'is of requests of containers', claim: { resourceClaimName: 'c', requestMappings: [mapping] }, faults: [] },
    { name: 'is of some', claim: { resourceClaimName: '' }, faults: [`${at}.requestMappings: Required value: at least one request mapping is required`, `${at}.resourceClaimName: Required value`] },
    {
      name: 'is of none twice', claim: { resourceClaimName: 'c', requestMappings: [mapping, mapping] },
      faults: ['containerName: Duplicate value: "main"', 'resourceName: Duplicate value: "x.io/gpu"', 'requestName: Duplicate value: "r0"'].map((text) => `${at}.requestMappings[1].${text}`),
    },
    {
      name: 'names what is there', claim: { resourceClaimName: 'c', requestMappings: [{ ...mapping, containerName: 'none' }, { ...mapping, resourceName: 'x.io/other' }] },
      faults: [
        `${at}.requestMappings[0].containerName: Invalid value: "none": must match the name of an entry in spec.initContainers.name or spec.containers.name`,
        `${at}.requestMappings[1].resourceName: Invalid value: "x.io/other": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests`,
      ],
    },
  ]) test(name, () => assert.deepEqual(write(spec, {}, { extendedResourceClaimStatus: claim }).faults, faults));
});

test('when a pod goes is no matter of its status', () => {
  const [old, object] = [podOf({}, {}), podOf({}, {})];
  object.metadata.deletionTimestamp = '2020-01-01T00:00:00Z';
  podStatusStrategy.prepareForUpdate?.(object, old, context);
  assert.equal(object.metadata.deletionTimestamp, undefined);
  old.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  podStatusStrategy.prepareForUpdate?.(object, old, context);
  assert.equal(object.metadata.deletionTimestamp, '2026-01-01T00:00:00Z');
});
