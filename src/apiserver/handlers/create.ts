import type { Answer } from '../answer.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { readObject } from '../registry/body.ts';
import { createObject } from '../registry/create.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { checkNamespace, optionsObject, targetOf, writeContext } from './write-target.ts';

export async function create(request: ApiRequest, resource: ServedResource, registry: Registry, form: OutputForm): Promise<Answer> {
  const options = writeOptions(request, 'CreateOptions');
  const read = readObject(request, targetOf(resource), options.fieldValidation);
  const object = read instanceof Promise ? await read : read;
  const context = writeContext(registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
  checkNamespace(object, resource, context.namespace);
  const entry = await createObject(context, object, (made) => manageFields(context, made, undefined, options.fieldManager));
  return { status: 201, type: 'entry', entry, resource, form };
}
