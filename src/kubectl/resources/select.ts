import { everything, parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { CommandContext } from '../command.ts';
import { CommandError, ManyErrors, oneOf } from '../errors.ts';
import type { KubeJson } from '../kube-json.ts';
import type { Manifest } from './documents.ts';
import { readManifests } from './manifests.ts';
import { type ApiResource, NoMatch, objectLabel, type RestMapper } from './rest-mapper.ts';

/** What the arguments name: one object, or what a selector finds of a resource. */
export interface Target {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  /** Absent: all that the selectors find. */
  readonly name?: string;
  /** The file that names it. */
  readonly source?: string;
}

/** An object with all that is needed to write it back. */
export interface Info {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: KubeJson;
  /** The file; empty for what came from the server. */
  readonly source: string;
}

export function labelOf(info: { readonly resource: ApiResource; readonly name: string }): string {
  return objectLabel(info.resource, info.name);
}

/** `ReplicaSet.apps`, as messages name a kind. */
export function groupKind({ resource }: { readonly resource: ApiResource }): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
}

/** The types in `pods,svc` or `all`. */
function typesOf(mapper: RestMapper, text: string): ApiResource[] {
  return text.split(',').flatMap((one) => {
    const category = mapper.category(one);
    return category.length > 0 && !mapper.find(one) ? category : [mapper.resource(one)];
  });
}

/** `pods a b`, `pods,svc`, `pod/a svc/b`. Throws as kubectl's resource builder does. */
export function targetsOf(mapper: RestMapper, args: readonly string[], namespace: string | undefined): Target[] {
  const inNamespace = (resource: ApiResource): string | undefined => (resource.namespaced ? namespace : undefined);
  if (args.some((arg) => arg.includes('/'))) {
    return args.map((arg) => {
      const parts = arg.split('/');
      if (parts.length === 1) throw new CommandError("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'");
      const [type = '', name = ''] = parts;
      if (parts.length > 2) throw new CommandError('arguments in resource/name form may not have more than one slash');
      if (type === '' || name === '') throw new CommandError('arguments in resource/name form must have a single resource and name');
      const resource = mapper.resource(type);
      return { resource, namespace: inNamespace(resource), name };
    });
  }
  const [types = '', ...names] = args;
  const resources = typesOf(mapper, types);
  if (names.length === 0) return resources.map((resource) => ({ resource, namespace: inNamespace(resource) }));
  return resources.flatMap((resource) => names.map((name) => ({ resource, namespace: inNamespace(resource), name })));
}

/** An object of a file in the namespace that holds for it. */
export function infoOfManifest(mapper: RestMapper, manifest: Manifest, context: CommandContext): Info {
  const { object, source } = manifest;
  const name = object.metadata.name ?? '';
  let resource: ApiResource;
  try {
    resource = mapper.forKind(object.apiVersion ?? '', object.kind ?? '', source);
  } catch (error) {
    if (!(error instanceof NoMatch)) throw error;
    throw new NoMatch(error.message.replace('%NAME%', name).replace('%NAMESPACE%', object.metadata.namespace ?? ''), { cause: error });
  }
  if (!resource.namespaced) return { resource, namespace: undefined, name, object, source };
  const { namespace, isNamespaceForced } = context.connection.options;
  const own = object.metadata.namespace;
  if (own && isNamespaceForced && own !== namespace) {
    throw new CommandError(`the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${own}' to perform this operation.`);
  }
  const placed = { ...object, metadata: { ...object.metadata, namespace: own || namespace } };
  return { resource, namespace: own || namespace, name, object: placed, source };
}

/** The objects of `-f` as they stand in the files. Those of kinds that the server does not know, or of another namespace, are left out where there are `failures` to tell of them; else the first of them is thrown. */
export async function infosOfFiles(context: CommandContext, failures?: unknown[]): Promise<Info[]> {
  const manifests = await readManifests(context.flags, context.io);
  try {
    return await context.connection.lookUp((mapper) => manifests.map((manifest) => infoOfManifest(mapper, manifest, context)));
  } catch (error) {
    if (!failures || !(error instanceof CommandError)) throw error;
  }
  const mapper = await context.connection.mapper();
  return manifests.flatMap((manifest) => {
    try {
      return [infoOfManifest(mapper, manifest, context)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
}

/**
 * The objects on the server that files, or arguments with selectors, name. What is found is given to `visit` in turn; failures are gathered and
 * thrown at the end, so that one missing object does not hide the others.
 */
export async function visitObjects(context: CommandContext, visit: (info: Info) => Promise<void>, args: readonly string[] = context.args, options: TargetOptions = {}): Promise<number> {
  const errors: unknown[] = [];
  const failures: unknown[] = [];
  let count = 0;
  const guard = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      context.io.signal.throwIfAborted();
      errors.push(...(error instanceof ManyErrors ? error.errors : [error]));
    }
  };
  for (const target of await allTargets(context, args, { ...options, failures })) {
    await guard(async () => {
      for (const info of await fetchTarget(context, target)) {
        count++;
        await guard(() => visit(info));
      }
    });
  }
  if (errors.length + failures.length > 0) throw oneOf([...errors, ...failures]);
  return count;
}

export const NO_RESOURCES = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

export interface TargetOptions {
  /** A type without a name or a selector means all of its objects. */
  readonly takesAll?: boolean;
  /** `--selector` says something else to this command. */
  readonly ignoresSelectors?: boolean;
  /** Gets what is wrong with objects of files, which are left out then; without it the first of these is thrown. */
  readonly failures?: unknown[];
}

/** What files and arguments name. */
export async function allTargets(context: CommandContext, args: readonly string[], { takesAll = false, ignoresSelectors = false, failures }: TargetOptions = {}): Promise<Target[]> {
  const { connection, flags } = context;
  if (flags.knows('filename') && (flags.list('filename').length > 0 || flags.string('kustomize') !== '')) {
    if (args.length > 0) throw new CommandError('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
    const { labelSelector } = ignoresSelectors ? {} : selectorsOf(context);
    const selector = labelSelector === undefined ? everything : parseLabelSelector(labelSelector);
    const infos = await infosOfFiles(context, failures);
    return infos.filter(({ object }) => selector.matches(object.metadata.labels)).map(({ resource, namespace, name, source }) => ({ resource, namespace, name, source }));
  }
  if (args.length === 0) throw new CommandError(NO_RESOURCES);
  const targets = await connection.lookUp((mapper) => targetsOf(mapper, args, isAllNamespaces(context) ? undefined : connection.namespace));
  const hasSelector = !ignoresSelectors && (selectorsOf(context).labelSelector !== undefined || selectorsOf(context).fieldSelector !== undefined);
  const isAll = takesAll || (flags.knows('all') && flags.bool('all'));
  if (targets.some((target) => target.name === undefined) && !hasSelector && !isAll && !isAllNamespaces(context)) {
    throw new CommandError('resource(s) were provided, but no name was specified');
  }
  if (targets.some((target) => target.name !== undefined) && hasSelector) throw new CommandError('name cannot be provided when a selector is specified');
  return targets;
}

export async function fetchTarget(context: CommandContext, target: Target): Promise<Info[]> {
  const { connection } = context;
  const { resource } = target;
  if (target.name !== undefined) {
    const object = await connection.get(resource, target.namespace, target.name);
    return [{ resource, namespace: target.namespace, name: target.name, object, source: '' }];
  }
  const objects = await connection.list(resource, target.namespace, selectorsOf(context)).catch((error: unknown) => {
    throw withSelectors(error, resource, selectorsOf(context));
  });
  return objects.map((object) => ({ resource, namespace: object.metadata.namespace, name: object.metadata.name ?? '', object, source: '' }));
}

/** A refusal of a list by selector, with what was asked for. Source: cli-runtime pkg/resource, Selector.Visit. */
export function withSelectors(error: unknown, resource: ApiResource, { labelSelector = '', fieldSelector = '' }: { labelSelector?: string; fieldSelector?: string }): unknown {
  if (!hasReason(error, 'BadRequest', 'NotFound')) return error;
  const what = JSON.stringify(`${resource.group}/${resource.version}, Resource=${resource.resource}`);
  const isPlain = labelSelector === '' && fieldSelector === '';
  const message = isPlain ? `Unable to list ${what}: ${error.message}` : `Unable to find ${what} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}: ${error.message}`;
  return new StatusError({ ...error.status, message }, { cause: error });
}

export function isAllNamespaces(context: CommandContext): boolean {
  return context.flags.knows('all-namespaces') && context.flags.bool('all-namespaces');
}

export function selectorsOf(context: CommandContext): { labelSelector?: string; fieldSelector?: string } {
  const { flags } = context;
  return {
    ...(flags.knows('selector') && flags.string('selector') !== '' && { labelSelector: flags.string('selector') }),
    ...(flags.knows('field-selector') && flags.string('field-selector') !== '' && { fieldSelector: flags.string('field-selector') }),
  };
}
