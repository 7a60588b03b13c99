import { failure } from '../../apimachinery/status.ts';

export function encodeProtobuf(_object: object, _message: string | undefined): Uint8Array {
  throw failure(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml');
}
