import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { schemas } from '../../api/schemas.ts';

/** The one decoder of the server: what it compiles per message is shared. */
export const decoder: ObjectDecoder = new ObjectDecoder(schemas);

/** Reads a message of the catalogue; throws DecodeError or ValueError. */
export function decodeAs<T extends object>(message: string, value: unknown): T {
  return decoder.decode<T>(message, value).object;
}
