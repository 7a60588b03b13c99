import type { Answer } from '../answer.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { readDraft } from '../registry/body.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import { defaulted, type ServedResource } from '../registry/served-resource.ts';
import { strategyOf } from '../registry/subresource-strategy.ts';
import { updateObject } from '../registry/update.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { checkName, checkNamespace, optionsObject, targetOf, writeContext, type WriteTargetOptions } from './write-target.ts';

/** PUT of an object, or of a subresource that shows the whole object. */
export async function update(request: ApiRequest, resource: ServedResource, registry: Registry, options: WriteTargetOptions): Promise<Answer> {
  const { form, subresource } = options;
  const { name } = request.info;
  const { kind } = resource;
  const write = writeOptions(request, 'UpdateOptions');
  const body = await readDraft(request, targetOf(resource), write.fieldValidation);
  const { object } = body;
  const context = writeContext(registry, request, resource, { dryRun: write.dryRun, options: optionsObject('UpdateOptions', write), subresource });
  checkNamespace(object, resource, context.namespace);
  checkName(object, name);
  const strategy = options.strategy ?? strategyOf(resource, subresource);
  let first: KubeObject | undefined = object;
  // Admission changes the object in place: every further attempt begins with a fresh one.
  const draft = (): KubeObject => {
    const next = first ?? body.again();
    if (!first) checkNamespace(next, resource, context.namespace);
    first = undefined;
    return next;
  };
  const { entry, created } = await updateObject(context, {
    name, checksUid: true, ...(strategy && { strategy }),
    transform: () => defaulted(resource, draft()),
    manage: (made, old) => manageFields(context, made, old, write.fieldManager),
    ...(kind.allowCreateOnUpdate && subresource === '' && { create: draft }),
  });
  return { status: created ? 201 : 200, type: 'entry', entry, resource, form };
}
