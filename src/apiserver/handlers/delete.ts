import { isDecodeError } from '../../apimachinery/schema/decode.ts';
import { numbersAsWritten } from '../../apimachinery/schema/written-numbers.ts';
import { integerParameter } from './list-options.ts';
import { badRequest } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isTrue } from '../../apimachinery/query-boolean.ts';
import { type Answer, success } from '../answer.ts';
import { inputMedia, type OutputForm } from '../http/negotiation.ts';
import { parseBody, readBytes, typeMetaFault } from '../registry/body.ts';
import { decodeAs } from '../registry/decoding.ts';
import { deletedDetails, deleteObject } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/delete-options.ts';
import { checkDryRun, invalidOptions } from '../registry/options.ts';
import { BUILT_IN_MEDIA, type ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import { type ApiRequest, headerOf, type Query } from '../request.ts';
import { writeContext } from './write-target.ts';

export async function deleteOne(request: ApiRequest, resource: ServedResource, registry: Registry, form: OutputForm): Promise<Answer> {
  const options = await readDeleteOptions(request);
  const context = writeContext(registry, request, resource, { dryRun: (options.dryRun?.length ?? 0) > 0, options: deleteOptionsObject(options) });
  const { entry, isGone } = await deleteObject(context, request.info.name, options);
  const { kind } = resource;
  if (isGone && !kind.deleteReturnsObject) return success(deletedDetails(context, entry.object), { media: form.media, as: undefined });
  // Of all that does not go at once only this, the oldest way to ask for the end of dependents, is told apart. Source: apiserver pkg/endpoints/handlers/delete.go.
  const isAccepted = !isGone && options.orphanDependents === false;
  return { status: isAccepted ? 202 : 200, type: 'entry', entry, resource, form };
}

/** DeleteOptions as admission and webhooks see them, whatever version they came in. */
export function deleteOptionsObject(options: DeleteOptions): object {
  return { ...options, kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' };
}

/** From the body, or without one from the query. Throws StatusError 400 or 422. */
export async function readDeleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const options = (await optionsOfBody(request)) ?? optionsOfQuery(request.query);
  checkDeleteOptions(options);
  return options;
}

/** Throws StatusError 422. */
export function checkDeleteOptions(options: DeleteOptions): void {
  const errors = new FieldErrors();
  const { propagationPolicy, orphanDependents } = options;
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.invalid(FieldPath.of('propagationPolicy'), propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set');
  }
  if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)) {
    errors.notSupported(FieldPath.of('propagationPolicy'), propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']);
  }
  checkDryRun(options.dryRun ?? [], errors);
  if (errors.causes.length > 0) throw invalidOptions('DeleteOptions', errors.causes);
}

async function optionsOfBody(request: ApiRequest): Promise<DeleteOptions | undefined> {
  const body = await readBytes(request);
  if (Buffer.isBuffer(body) && body.length === 0) return undefined;
  const options = decodeOptions(Buffer.isBuffer(body) ? parseOptions(body, inputMedia(headerOf(request, 'content-type'), BUILT_IN_MEDIA)) : body.object);
  request.audit?.requestObject(options);
  return options;
}

function parseOptions(body: Buffer, media: ReturnType<typeof inputMedia>): unknown {
  try {
    const { value, text } = parseBody(body, media, 'DeleteOptions', 'meta.v1.DeleteOptions');
    return (media === 'json' ? numbersAsWritten(text) : undefined) ?? value;
  } catch (error) {
    const match = error instanceof Error ? /^the object provided is unrecognized \(must be of type DeleteOptions\): (.*) \((?:\{.*|[0-9a-f ]+(?:\.\.\.)?)\)$/s.exec(error.message) : null;
    throw match?.[1] === undefined ? error : badRequest(match[1], { cause: error });
  }
}

function decodeOptions(value: unknown): DeleteOptions {
  const fault = typeMetaFault(value ?? {});
  if (fault !== undefined) throw badRequest(fault);
  const { kind = '', apiVersion = '' } = (value ?? {}) as { kind?: string; apiVersion?: string };
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion || 'meta.k8s.io/v1')} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`);
  }
  try {
    return decodeAs<DeleteOptions>('meta.v1.DeleteOptions', value ?? {});
  } catch (error) {
    if (isDecodeError(error)) throw badRequest(error.message, { cause: error });
    throw error;
  }
}

function optionsOfQuery(query: Query): DeleteOptions {
  if (query.isEmpty) return {};
  const gracePeriodSeconds = integerParameter(query.get('gracePeriodSeconds'));
  const orphan = query.get('orphanDependents');
  const propagationPolicy = query.get('propagationPolicy');
  const dryRun = query.all('dryRun');
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(orphan !== undefined && { orphanDependents: isTrue(orphan) }),
    ...(propagationPolicy !== undefined && propagationPolicy !== '' && { propagationPolicy }),
    ...(dryRun.length > 0 && { dryRun }),
  };
}
