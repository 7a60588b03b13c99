import { failure } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { OutputForm } from '../http/negotiation.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

/** Server-side apply. */
export async function apply(
  _request: ApiRequest, _resource: ServedResource, _registry: Registry, _options: { form: OutputForm; subresource: string; write: WriteOptions },
): Promise<Answer> {
  throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}
