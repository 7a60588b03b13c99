import { mergeKubeconfigs, readKubeconfigs } from '../config/kubeconfig-files.ts';
import type { Connection } from '../connection.ts';
import type { Flags } from '../flags.ts';
import type { KubectlIo } from '../io.ts';
import { listAt, textAt } from '../kube-json.ts';
import { type Completion, DIRECTIVES, FILES, wordsOf } from './completion.ts';
import { namesOf } from './objects.ts';

/** What is known of the line so far. */
export interface Asked {
  /** `rollout status` */
  readonly path: string;
  readonly args: readonly string[];
  /** The beginning of the word. */
  readonly typed: string;
  readonly flags: Flags;
  readonly io: KubectlIo;
  /** Made when it is called for; throws when there is no configuration. */
  readonly connection: () => Connection;
}

const OUTPUTS = ['json', 'yaml', 'kyaml', 'name', 'go-template', 'go-template-file', 'template', 'templatefile', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file'];
const FILTERED: Completion = { words: ['json', 'yaml', 'yml'].map((word) => ({ word })), directive: DIRECTIVES.fileExtensions };

/** Values of a flag that can be told; files for the others. */
export async function flagValues(name: string, asked: Asked): Promise<Completion> {
  const { typed, path } = asked;
  switch (name) {
    case 'namespace': return wordsOf(await namesOf(asked.connection(), 'namespaces'), typed);
    case 'context': case 'cluster': case 'user': return isOfFile(asked, name) ? wordsOf(entriesOf(asked, `${name}s`), typed) : FILES;
    case 'output': return wordsOf(outputsOf(path), typed);
    case 'dry-run': return wordsOf(['none', 'server', 'client'], typed);
    case 'cascade': return wordsOf(['background', 'orphan', 'foreground'], typed);
    case 'validate': return wordsOf(['strict', 'warn', 'ignore'], typed);
    case 'subresource': return wordsOf(['status', 'scale', 'resize'], typed);
    case 'container': case 'target': return wordsOf(await containersOf(asked), typed);
    case 'filename': return FILTERED;
    case 'kustomize': return { words: [], directive: DIRECTIVES.folders };
    default: return FILES;
  }
}

/** `create rolebinding --user` means another. */
function isOfFile({ flags }: Asked, name: string): boolean {
  return !flags.isList(name);
}

function outputsOf(path: string): string[] {
  if (path === 'get') return [...OUTPUTS, 'custom-columns', 'custom-columns-file', 'wide'];
  if (path === 'version') return ['json', 'yaml'];
  if (path === 'explain') return ['plaintext', 'plaintext-openapiv2'];
  if (path === 'api-resources') return ['json', 'yaml', 'kyaml', 'name', 'wide'];
  return path === 'delete' || path === 'config get-contexts' ? ['name'] : OUTPUTS;
}

/** Names of clusters, users or contexts of the kubeconfig. */
export function entriesOf({ flags, io }: Asked, list: string): string[] {
  const config = mergeKubeconfigs(readKubeconfigs(flags.string('kubeconfig'), io.env));
  return config[list as 'clusters'].map(({ name }) => name).sort();
}

/** Of the pod that is named. */
export async function containersOf(asked: Asked): Promise<string[]> {
  const [pod] = asked.args;
  if (pod === undefined) return [];
  const connection = asked.connection();
  const object = await connection.get((await connection.mapper()).resource('pods'), connection.namespace, pod.replace(/^pods?\//, ''));
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) => listAt(object, 'spec', field).map((one) => textAt(one, 'name')));
}
