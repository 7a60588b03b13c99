import { type Completion, DIRECTIVES, FILES, NOTHING, wordsOf } from './completion.ts';
import { type Asked, containersOf, entriesOf } from './flag-values.ts';
import { namesOf, typeNames } from './objects.ts';

type Answer = (asked: Asked) => Completion | Promise<Completion>;

const HOLDERS_OF_PODS = ['daemonsets', 'deployments', 'pods', 'jobs', 'replicasets', 'replicationcontrollers', 'services', 'statefulsets'];
const TEMPLATES = ['daemonsets', 'deployments', 'pods', 'cronjobs', 'replicasets', 'replicationcontrollers', 'statefulsets'];
const SCALABLE = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'];

/** A type, then names of it; or both in one word. `types`: those that make sense, if not all do. */
const typeAndNames = (types?: readonly string[]): Answer => async (asked) => {
  const { args, typed } = asked;
  const all = async (): Promise<readonly string[]> => types ?? (await typeNames(asked.connection()));
  if (typed.includes('/')) return inOneWord(asked);
  const [first] = args;
  if (first === undefined) return wordsOf(await all(), typed);
  if (first.includes('/')) return { ...wordsOf((await all()).map((type) => `${type}/`), typed), directive: DIRECTIVES.noSpace | DIRECTIVES.noFiles };
  const names = await Promise.all(first.split(',').map((type) => namesOf(asked.connection(), type)));
  return wordsOf(names.flat().filter((name) => !args.includes(name, 1)), typed);
};

/** `deploy/we` */
async function inOneWord({ typed, connection }: Asked): Promise<Completion> {
  const [type = ''] = typed.split('/');
  return wordsOf((await namesOf(connection(), type)).map((name) => `${type}/${name}`), typed);
}

/** A pod, or what has pods. `more`: what comes after it. */
const pod = (more: Answer = () => NOTHING): Answer => async (asked) => {
  if (asked.args.length > 0) return more(asked);
  if (asked.typed.includes('/')) return inOneWord(asked);
  return wordsOf([...(await namesOf(asked.connection(), 'pods')), ...HOLDERS_OF_PODS.map((type) => `${type}/`)], asked.typed);
};

const objects = (type: string, most = Number.POSITIVE_INFINITY): Answer => async ({ args, typed, connection }) => (args.length >= most ? NOTHING : wordsOf((await namesOf(connection(), type)).filter((name) => !args.includes(name)), typed));
const entries = (list: string): Answer => (asked) => (asked.args.length > 0 ? NOTHING : wordsOf(entriesOf(asked, list), asked.typed));

/** Namespaces and pods, or a file of this machine. */
const copied: Answer = async ({ args, typed, connection }) => {
  if (args.length > 0 || /^[./]/.test(typed)) return { words: [], directive: DIRECTIVES.noSpace };
  const [namespaces, pods] = [await namesOf(connection(), 'namespaces'), await namesOf(connection(), 'pods')];
  return { ...wordsOf([...namespaces.map((name) => `${name}/`), ...pods.map((name) => `${name}:`), './', '/'], typed), directive: DIRECTIVES.noSpace };
};

const rollouts = ['deployment', 'daemonset', 'statefulset'];
const ANSWERS: Readonly<Record<string, Answer>> = {
  get: typeAndNames(), describe: typeAndNames(), delete: typeAndNames(), edit: typeAndNames(), label: typeAndNames(), annotate: typeAndNames(), patch: typeAndNames(), debug: typeAndNames(),
  scale: typeAndNames(SCALABLE), autoscale: typeAndNames(SCALABLE), expose: typeAndNames(['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset']), taint: typeAndNames(['node']),
  'set image': typeAndNames(TEMPLATES), 'set env': typeAndNames(TEMPLATES), 'set resources': typeAndNames(TEMPLATES), 'set serviceaccount': typeAndNames(TEMPLATES),
  'rollout status': typeAndNames(rollouts), 'rollout history': typeAndNames(rollouts), 'rollout undo': typeAndNames(rollouts), 'rollout restart': typeAndNames(rollouts), 'rollout pause': typeAndNames(['deployment']), 'rollout resume': typeAndNames(['deployment']),
  logs: pod(async (asked) => (asked.args.length > 1 ? NOTHING : wordsOf(await containersOf(asked), asked.typed))), exec: pod(), attach: pod(), 'port-forward': pod(),
  cordon: objects('nodes'), uncordon: objects('nodes'), drain: objects('nodes'), 'top node': objects('nodes', 1), 'top pod': objects('pods', 1), cp: copied,
  'certificate approve': objects('certificatesigningrequests'), 'certificate deny': objects('certificatesigningrequests'),
  'config use-context': entries('contexts'), 'config delete-context': entries('contexts'), 'config rename-context': entries('contexts'), 'config set-context': entries('contexts'), 'config get-contexts': entries('contexts'),
  'config delete-cluster': entries('clusters'), 'config set-cluster': entries('clusters'), 'config delete-user': entries('users'), 'config set-credentials': entries('users'),
  completion: ({ args, typed }) => (args.length > 0 ? NOTHING : wordsOf(['bash', 'zsh', 'fish', 'powershell'], typed)),
  explain: async ({ args, typed, connection }) => (args.length > 0 ? NOTHING : wordsOf(await typeNames(connection()), typed)),
};

/** What may come next; files where nothing is known. */
export function argumentsOf(asked: Asked): Completion | Promise<Completion> {
  return Object.hasOwn(ANSWERS, asked.path) ? (ANSWERS[asked.path]?.(asked) ?? FILES) : FILES;
}
