import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { schemas } from '../../api/schemas.ts';

/** The one decoder of the server: what it compiles per message is shared. */
export const decoder: ObjectDecoder = new ObjectDecoder(schemas);

/** Of bodies: keys of maps stay in the order of the body until the object is stored. */
export const bodyDecoder: ObjectDecoder = new ObjectDecoder(schemas, { sortsMaps: false });

/** Reads a message of the catalogue; throws DecodeError or ValueError. */
export function decodeAs<T extends object>(message: string, value: unknown): T {
  return decoder.decode<T>(message, value).object;
}
