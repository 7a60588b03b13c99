import type { KubeObject } from '../../apimachinery/meta.ts';
import { failure } from '../../apimachinery/status.ts';
import type { ComponentStatus } from '../../api/generated/core-v1.ts';
import type { Answer } from '../answer.ts';
import { Entry, storedBytes } from '../cacher/entry.ts';
import { isSelected } from '../cacher/selection.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { listOptions } from '../handlers/list-options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';

/** A part of the control plane. */
export interface ControlPlaneComponent {
  readonly name: string;
  /** Undefined: it is well, otherwise why not. */
  check(): string | undefined;
}

/** `componentstatuses`: nothing of them is stored, each answer is what is found now. Source: pkg/registry/core/componentstatus. */
export class ComponentStatusHandler implements SpecialHandler {
  readonly verbs = ['get', 'list'];
  readonly #components: readonly ControlPlaneComponent[];

  constructor(components: readonly ControlPlaneComponent[]) {
    this.#components = components;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { verb, name } = request.info;
    if (verb === 'get') {
      const component = this.#components.find((one) => one.name === name);
      if (!component) throw failure(500, '', `Component not found: ${name}`, undefined);
      return { status: 200, type: 'entry', entry: entryOf(component, resource), resource, form: outputForm(request, resource) };
    }
    const form = outputForm(request, resource);
    const { selection } = listOptions(request, resource, false);
    const entries = this.#components.map((component) => entryOf(component, resource)).filter((entry) => isSelected(selection, entry));
    return { status: 200, type: 'list', entries, revision: 0, resource, form };
  }
}

function entryOf(component: ControlPlaneComponent, resource: ServedResource): Entry {
  const { name } = component;
  const error = component.check();
  const condition = error === undefined ? { type: 'Healthy', status: 'True', message: 'ok' } : { type: 'Healthy', status: 'False', error };
  const object = { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [condition] } as unknown as ComponentStatus;
  return Entry.withoutVersion(`${resource.prefix}${name}`, storedBytes(object as unknown as KubeObject));
}
