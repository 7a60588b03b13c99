import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { schemas } from '../../api/schemas.ts';

/** The one decoder of the server: what it compiles per message is shared. */
export const decoder: ObjectDecoder = new ObjectDecoder(schemas);

/** Of bodies: keys of maps stay in the order of the body until the object is stored. */
export const bodyDecoder: ObjectDecoder = new ObjectDecoder(schemas, { sortsMaps: false });

/** The same of bodies that nobody else has: what need not be changed is taken as it is. */
export const ownBodyDecoder: ObjectDecoder = new ObjectDecoder(schemas, { sortsMaps: false, sharesParts: true });

/** Of what is to be stored: what is in Go's order already is taken as it is. */
const storedDecoder: ObjectDecoder = new ObjectDecoder(schemas, { sharesParts: true });

/** An object as Go would write it; shares with what is given, which nobody may change any more. `stored`: in that form already, parts of which `object` may have. */
export function inGoOrder<T extends object>(message: string, object: T, stored?: object): T {
  return storedDecoder.decode<T>(message, object, stored).object;
}

/** Reads a message of the catalogue; throws DecodeError or ValueError. */
export function decodeAs<T extends object>(message: string, value: unknown): T {
  return decoder.decode<T>(message, value).object;
}
