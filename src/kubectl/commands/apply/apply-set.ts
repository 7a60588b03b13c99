import { createHash } from 'node:crypto';
import { hasReason } from '../../../apimachinery/status.ts';
import type { CommandContext } from '../../command.ts';
import { dryRunOf, dryRunQuery } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import type { KubeJson } from '../../kube-json.ts';
import type { ApiResource } from '../../resources/rest-mapper.ts';
import type { Info } from '../../resources/select.ts';
import { pruneOne, type Visited } from './prune.ts';
import { stringifyWhole } from '../../../apimachinery/whole-numbers.ts';

const PART_OF = 'applyset.kubernetes.io/part-of';
const ID = 'applyset.kubernetes.io/id';
const TOOLING = 'applyset.kubernetes.io/tooling';
const KINDS = 'applyset.kubernetes.io/contains-group-kinds';
const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';
const MANAGER = 'kubectl-applyset';
const VERSION = 'v1.36.0';

/** The groups and kinds, and the namespaces beside the parent's own, in which a set has members. */
interface Scope {
  readonly kinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

/** Objects that belong together, as the labels of them and of their parent say (KEP-3659): what one apply leaves out is pruned. */
export class ApplySet {
  readonly #context: CommandContext;
  readonly #parent: { readonly resource: ApiResource; readonly namespace: string | undefined; readonly name: string };
  readonly #id: string;
  #before: Scope = { kinds: new Set(), namespaces: new Set() };

  private constructor(context: CommandContext, parent: { resource: ApiResource; namespace: string | undefined; name: string }) {
    this.#context = context;
    this.#parent = parent;
    const { resource, namespace, name } = parent;
    this.#id = `applyset-${createHash('sha256').update([name, namespace ?? '', resource.kind, resource.group].join('.')).digest('base64url')}-v1`;
  }

  /** `text`: `NAME` of a Secret, or `TYPE/NAME`. Throws CommandError for what cannot be a parent. */
  static async read(context: CommandContext, text: string): Promise<ApplySet> {
    const { connection } = context;
    const [type = '', name = ''] = text.includes('/') ? text.split('/') : ['secrets', text];
    const resource = await connection.lookUp((mapper) => mapper.find(type));
    if (!resource) throw new CommandError(`invalid parent reference ${JSON.stringify(text)}: no matches for /, Resource=${type}`);
    if (resource.namespaced && !connection.options.isNamespaceForced) throw new CommandError('namespace is required to use namespace-scoped ApplySet');
    const set = new ApplySet(context, { resource, namespace: resource.namespaced ? connection.namespace : undefined, name });
    await set.#readParent();
    return set;
  }

  /** With the label of a member. */
  label(info: Info): Info {
    return { ...info, object: { ...info.object, metadata: { ...info.object.metadata, labels: { ...info.object.metadata.labels, [PART_OF]: this.#id } } } };
  }

  /** Before anything is applied the parent knows of all that there may be, so that nothing is lost when the apply breaks off. */
  async announce(infos: readonly Info[]): Promise<void> {
    const after = this.#scopeOf(infos);
    await this.#writeParent({ kinds: new Set([...this.#before.kinds, ...after.kinds]), namespaces: new Set([...this.#before.namespaces, ...after.namespaces]) });
  }

  async prune(infos: readonly Info[], visited: Visited): Promise<void> {
    const { connection } = this.#context;
    const mapper = await connection.mapper();
    const after = this.#scopeOf(infos);
    const namespaces = new Set([...this.#before.namespaces, ...after.namespaces, ...(this.#parent.namespace === undefined ? [] : [this.#parent.namespace])]);
    for (const kind of new Set([...this.#before.kinds, ...after.kinds])) {
      const resource = mapper.ofGroupKind(kind);
      if (!resource) continue;
      for (const namespace of resource.namespaced ? namespaces : [undefined]) {
        for (const object of await connection.list(resource, namespace, { labelSelector: `${PART_OF}=${this.#id}` })) if (!visited.uids.has(object.metadata.uid ?? '')) await pruneOne(this.#context, resource, object);
      }
    }
    await this.#writeParent(after);
  }

  #scopeOf(infos: readonly Info[]): Scope {
    return {
      kinds: new Set(infos.map(({ resource }) => (resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`))),
      namespaces: new Set(infos.flatMap(({ namespace }) => (namespace === undefined || namespace === this.#parent.namespace ? [] : [namespace]))),
    };
  }

  async #readParent(): Promise<void> {
    const { resource, namespace, name } = this.#parent;
    const shown = `${resource.resource}.${resource.group}/${name}`;
    let parent: KubeJson;
    try {
      parent = await this.#context.connection.get(resource, namespace, name);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      if (resource.group !== '' || !['secrets', 'configmaps'].includes(resource.resource)) throw new CommandError(`custom resource ApplySet parents cannot be created automatically`, { cause: error });
      return;
    }
    const { annotations = {}, labels = {} } = parent.metadata;
    const tooling = annotations[TOOLING];
    if (tooling === undefined) throw new CommandError(`ApplySet parent object ${JSON.stringify(shown)} already exists and is missing required annotation ${JSON.stringify(TOOLING)}`);
    if (!tooling.startsWith('kubectl/')) throw new CommandError(`ApplySet parent object ${JSON.stringify(shown)} already exists and is managed by tooling ${JSON.stringify(tooling)} instead of "kubectl"`);
    if (labels[ID] !== this.#id) throw new CommandError(`ApplySet parent object ${JSON.stringify(shown)} exists and has incorrect value for label ${JSON.stringify(ID)} (got: ${labels[ID] ?? ''}, want: ${this.#id})`);
    const listed = (key: string): Set<string> => new Set((annotations[key] ?? '').split(',').filter((one) => one !== ''));
    this.#before = { kinds: listed(KINDS), namespaces: listed(NAMESPACES) };
  }

  async #writeParent({ kinds, namespaces }: Scope): Promise<void> {
    const { connection, flags } = this.#context;
    const dryRun = dryRunOf(flags);
    if (dryRun === 'client') return;
    const { resource, namespace, name } = this.#parent;
    const object = {
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind,
      metadata: {
        name, ...(namespace !== undefined && { namespace }), labels: { [ID]: this.#id },
        annotations: { [TOOLING]: `kubectl/${VERSION}`, [KINDS]: [...kinds].sort().join(','), [NAMESPACES]: [...namespaces].sort().join(',') },
      },
    };
    const query = { fieldManager: MANAGER, force: 'true', ...dryRunQuery(dryRun) };
    await connection.request({ method: 'PATCH', path: connection.path(resource, namespace, name), query, headers: { 'content-type': 'application/apply-patch+yaml' }, body: stringifyWhole(object) });
  }
}
