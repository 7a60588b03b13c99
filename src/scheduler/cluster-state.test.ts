import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, PodAffinityTerm } from '../api/generated/core-v1.ts';
import { SeededRandom } from '../base/random.ts';
import { affinityTermOf, matchingAll } from './affinity-term.ts';
import { ClusterState } from './cluster-state.ts';
import { VolumeState } from './volume-state.ts';

const KEYS = ['kubernetes.io/hostname', 'zone', 'rack'];
const APPS = ['web', 'db', 'batch'];
const NAMESPACES = ['one', 'two'];

type Pick = <T>(list: readonly [T, ...T[]] | readonly T[]) => T;

class World {
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();
  readonly namespaces = new Map<string, Record<string, string>>([['one', { team: 'a' }], ['two', { team: 'b' }]]);
  readonly cluster = new ClusterState({
    volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }),
    namespace: (name) => ({ metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: this.namespaces.get(name) ?? {} }, spec: {}, status: {} }),
  });
  readonly #pick: Pick;
  #made = 0;

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  term(): PodAffinityTerm {
    return {
      topologyKey: this.#pick(KEYS),
      labelSelector: this.#pick<PodAffinityTerm['labelSelector']>([{ matchLabels: { app: this.#pick(APPS) } }, { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }, {}]),
      ...this.#pick<Partial<PodAffinityTerm>>([{}, { namespaces: ['two'] }, { namespaceSelector: { matchLabels: { team: 'a' } } }, { namespaceSelector: {} }]),
    };
  }

  #setNode(): void {
    const name = `node-${this.#pick([1, 2, 3, 4, 5])}`;
    const labels: Record<string, string> = { 'kubernetes.io/hostname': name };
    for (const key of ['zone', 'rack']) if (this.#pick([true, true, false])) labels[key] = `${key}-${this.#pick([1, 2])}`;
    const node = { metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels }, spec: {}, status: { allocatable: { pods: '110' } } } as unknown as Node;
    this.nodes.set(name, node);
    this.cluster.setNode(node);
  }

  #deleteNode(): void {
    const name = `node-${this.#pick([1, 2, 3, 4, 5])}`;
    this.nodes.delete(name);
    this.cluster.deleteNode(name);
  }

  pod(name: string): Pod {
    const affinity = this.#pick<Pod['spec']['affinity']>([
      undefined,
      { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [this.term()] } },
      { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [this.term()], preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, podAffinityTerm: this.term() }] } },
    ]);
    return {
      metadata: { name, namespace: this.#pick(NAMESPACES), uid: name, resourceVersion: '1', creationTimestamp: '', labels: { app: this.#pick(APPS) } },
      spec: { containers: [], nodeName: `node-${this.#pick([1, 2, 3, 4, 5])}`, ...(affinity && { affinity }) }, status: {},
    };
  }

  #setPod(): void {
    const pod = this.pod(`pod-${this.#made++}`);
    this.pods.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod);
    this.cluster.setPod(pod);
  }

  #relabelPod(): void {
    const [key, pod] = this.#pick([...this.pods]) ?? [];
    if (key === undefined || !pod) return;
    const changed = { ...pod, metadata: { ...pod.metadata, labels: { app: this.#pick(APPS) } } };
    this.pods.set(key, changed);
    this.cluster.setPod(changed);
  }

  #deletePod(): void {
    const [key] = this.#pick([...this.pods]) ?? [];
    if (key === undefined) return;
    this.pods.delete(key);
    this.cluster.deletePod(key);
  }

  #relabelNamespace(): void {
    this.namespaces.set(this.#pick(NAMESPACES), { team: this.#pick(['a', 'b']) });
    this.cluster.selections.namespacesChanged();
  }

  step(): void {
    this.#pick([() => this.#setPod(), () => this.#setPod(), () => this.#setPod(), () => this.#deletePod(), () => this.#relabelPod(), () => this.#setNode(), () => this.#setNode(), () => this.#deleteNode(), () => this.#relabelNamespace()])();
  }

  /** What the index must tell, by looking at each pod: the pods that match all terms, by the domain of each term. */
  matching(owner: Pod, terms: readonly PodAffinityTerm[]): Record<string, number>[] {
    return terms.map((term) => {
      const counts: Record<string, number> = {};
      for (const pod of this.pods.values()) {
        const domain = this.nodes.get(pod.spec.nodeName ?? '')?.metadata.labels?.[term.topologyKey];
        if (domain !== undefined && terms.every((one) => this.#matches(owner, one, pod))) counts[domain] = (counts[domain] ?? 0) + 1;
      }
      return counts;
    });
  }

  matchingOn(owner: Pod, terms: readonly PodAffinityTerm[], node: string): number {
    return [...this.pods.values()].filter((pod) => pod.spec.nodeName === node && terms.every((term) => this.#matches(owner, term, pod))).length;
  }

  /** The nodes in a domain. */
  nodesIn(topologyKey: string, domain: string): number {
    return [...this.nodes.values()].filter((node) => node.metadata.labels?.[topologyKey] === domain).length;
  }

  #matches(owner: Pod, term: PodAffinityTerm, pod: Pod): boolean {
    return affinityTermOf(owner, term).matches(pod, this.cluster.namespaceLabels);
  }

  /** Where the pods are whose required anti-affinity is against `pod`, by topology and domain. */
  against(pod: Pod): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const other of this.pods.values()) {
      for (const term of other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
        const domain = this.nodes.get(other.spec.nodeName ?? '')?.metadata.labels?.[term.topologyKey];
        const key = `${term.topologyKey}=${domain}`;
        if (domain !== undefined && this.#matches(other, term, pod)) counts[key] = (counts[key] ?? 0) + 1;
      }
    }
    return counts;
  }
}

for (const seed of [1, 2, 3, 4]) {
  test(`what the cluster's state counts is what looking at each pod finds, whatever comes, goes and is relabelled (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const world = new World((list) => list[Math.floor(random.next() * list.length)] as (typeof list)[number]);
    const asked = Array.from({ length: 6 }, (_, i) => ({ owner: world.pod('asking'), terms: Array.from({ length: 1 + (i % 2) }, () => world.term()) }));
    let counts = 0;
    for (let i = 0; i < 400; i++) {
      world.step();
      for (const domain of ['zone-1', 'zone-2']) assert.equal(world.cluster.domains.by('zone').in(domain), world.nodesIn('zone', domain), `step ${i}: nodes in ${domain}`);
      for (const { owner, terms } of asked) {
        const selected = world.cluster.selections.of(matchingAll(terms.map((term) => affinityTermOf(owner, term)), world.cluster.namespaceLabels));
        const counted = terms.map((term) => selected.by(term.topologyKey));
        const expected = world.matching(owner, terms);
        for (const node of world.cluster.nodes) {
          for (const [at, term] of terms.entries()) assert.equal(counted[at]?.at(node), expected[at]?.[node.label(term.topologyKey) ?? ''] ?? 0, `step ${i}, ${JSON.stringify(term)} at ${node.name}`);
        }
        for (const node of world.cluster.nodes) assert.equal(selected.on(node), world.matchingOn(owner, terms, node.name), `step ${i}: pods on ${node.name}`);
        counts += counted[0]?.total ?? 0;
        assert.deepEqual(counted.map(({ total }) => total), expected.map((counts) => Object.values(counts).reduce((sum, one) => sum + one, 0)));
        const found: Record<string, number> = {};
        for (const { kind, term, pods } of world.cluster.affinity.declaredOf(owner)) {
          const domains = new Map(world.cluster.nodes.map((node) => [node.label(term.topologyKey), pods.at(node)]));
          if (kind === 'required-anti') for (const [domain, count] of domains) if (count > 0) found[`${term.topologyKey}=${domain}`] = (found[`${term.topologyKey}=${domain}`] ?? 0) + count;
        }
        assert.deepEqual(found, world.against(owner), `step ${i}: who is against ${JSON.stringify(owner.metadata)}`);
      }
    }
    assert.ok(counts > 1000, 'something was counted');
  });
}
