import { CommandError } from '../errors.ts';
import { listAt, textAt } from '../kube-json.ts';

/** A resource as discovery tells it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

/** `pods`, or `deployments.apps`: how kubectl names the resource of an object. */
export function qualifiedName(resource: { readonly group: string; readonly resource: string }): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}

/** `pod`, `deployment.apps`: how kubectl names the kind of an object. */
export function kindLabel({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** `pod/web`, `deployment.apps/web`: how kubectl names an object. */
export function objectLabel(resource: ApiResource, name: string): string {
  return `${kindLabel(resource)}/${name}`;
}

export function groupVersion(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The server has nothing of that name. */
export class NoMatch extends CommandError {}

/** What the server has, in its order: preferred versions of a group first. */
export class RestMapper {
  readonly resources: readonly ApiResource[];

  readonly #warn: (text: string) => void;

  /** `warn` is told of short names that mean more than one resource. */
  constructor(resources: readonly ApiResource[], warn: (text: string) => void = () => undefined) {
    this.resources = resources;
    this.#warn = warn;
  }

  /** Finds what a user names: `po`, `pod`, `Pod`, `deployments.apps`, `deployments.v1.apps`. Throws when there is none. */
  resource(name: string): ApiResource {
    const found = this.find(name);
    if (!found) throw new NoMatch(`the server doesn't have a resource type ${JSON.stringify(name.split('.')[0])}`);
    return found;
  }

  find(name: string): ApiResource | undefined {
    const [first = '', ...rest] = name.toLowerCase().split('.');
    const [version = '', ...group] = rest;
    return (rest.length > 1 ? this.#named(first, (one) => one.version === version && one.group === group.join('.')) : undefined) ?? this.findInGroup(first, rest.join('.'));
  }

  /** `group` may be empty, or the start of a group's name. Source: apimachinery, DefaultRESTMapper.ResourcesFor. */
  findInGroup(name: string, group: string): ApiResource | undefined {
    const word = name.toLowerCase();
    if (group === '') return this.#unambiguous(word, this.#named(word, () => true));
    return this.#named(word, (one) => one.group === group) ?? this.#named(word, (one) => one.group.startsWith(group));
  }

  #named(word: string, isWanted: (one: ApiResource) => boolean): ApiResource | undefined {
    return this.resources.find((one) => isWanted(one) && one.resource === word) ?? this.resources.find((one) => isWanted(one) && [one.singular, one.kind.toLowerCase(), ...one.shortNames].includes(word));
  }

  #unambiguous(word: string, found: ApiResource | undefined): ApiResource | undefined {
    if (!found?.shortNames.includes(word)) return found;
    const others = new Set(this.resources.filter((one) => one.shortNames.includes(word) && qualifiedName(one) !== qualifiedName(found)).map(qualifiedName));
    for (const other of others) this.#warn(`short name ${JSON.stringify(word)} could also match lower priority resource ${other}`);
    return found;
  }

  /** The resources of a category such as `all`. */
  category(name: string): ApiResource[] {
    const seen = new Set<string>();
    return this.resources.filter((one) => {
      if (!one.categories.includes(name) || seen.has(qualifiedName(one))) return false;
      seen.add(qualifiedName(one));
      return true;
    });
  }

  ofKind(apiVersion: string, kind: string): ApiResource | undefined {
    return this.resources.find((one) => groupVersion(one) === apiVersion && one.kind === kind);
  }

  /** `Deployment.apps`, in the preferred version. */
  ofGroupKind(text: string): ApiResource | undefined {
    const [kind, ...group] = text.split('.');
    return this.resources.find((one) => one.group === group.join('.') && one.kind === kind);
  }

  /** The resource of an object's kind. Throws as kubectl does when the server does not know it. */
  forKind(apiVersion: string, kind: string, source = ''): ApiResource {
    const found = this.ofKind(apiVersion, kind);
    if (found) return found;
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const where = group ? `version "${group}/${version}"` : `version ${JSON.stringify(version)}`;
    const text = `no matches for kind ${JSON.stringify(kind)} in ${where}`;
    throw new NoMatch(source ? `resource mapping not found for name: "%NAME%" namespace: "%NAMESPACE%" from ${JSON.stringify(source)}: ${text}\nensure CRDs are installed first` : text);
  }
}

/** Reads an APIResourceList. */
export function resourcesOfList(group: string, version: string, list: unknown): ApiResource[] {
  const all = listAt(list, 'resources');
  return all.filter((one) => !textAt(one, 'name').includes('/')).map((one) => ({
    group,
    version,
    resource: textAt(one, 'name'),
    singular: textAt(one, 'singularName'),
    kind: textAt(one, 'kind'),
    namespaced: one['namespaced'] === true,
    shortNames: listAt(one, 'shortNames') as unknown as string[],
    categories: listAt(one, 'categories') as unknown as string[],
    verbs: listAt(one, 'verbs') as unknown as string[],
    subresources: all.map((other) => textAt(other, 'name').split('/')).filter(([parent, sub]) => parent === textAt(one, 'name') && sub).map(([, sub = '']) => sub),
  }));
}
