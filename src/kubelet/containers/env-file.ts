import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerConfigError } from './config-error.ts';

/** Source: KEP-3721. */
const MAX_KEY_LETTERS = 128;
const MAX_VALUE_BYTES = 32 * 1024;

/**
 * The variables of an env file: lines `NAME='value'`, blank ones and comments. What stands between the quotes is taken as it is, over several lines too.
 * Throws RangeError with the number of the first line that is none of these. Source: "Define Environment Variable Values Using An Init Container".
 */
export function parseEnvFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end);
    if (/^\s*(#.*)?$/.test(line)) {
      at += line.length + 1;
      continue;
    }
    const declared = /[ \t]*([^\s='#]+)='([^']*)'[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
    declared.lastIndex = at;
    const [whole, name, value] = declared.exec(text) ?? [];
    if (whole === undefined || name === undefined || value === undefined) throw new RangeError(`invalid environment variable format at line ${text.slice(0, at).split('\n').length}`);
    variables.set(name, value);
    at += whole.length;
  }
  return variables;
}

/** The value of `key` in the file `path` of a volume; undefined: there is no such file or key, which may be. Throws `ContainerConfigError`. */
export async function envFileValue(volumePath: string, { path, key, optional }: { readonly path: string; readonly key: string; readonly optional: boolean }): Promise<string | undefined> {
  if (key.length > MAX_KEY_LETTERS) throw new ContainerConfigError(`environment variable key ${JSON.stringify(key)} exceeds maximum length of ${MAX_KEY_LETTERS} characters`);
  const value = variablesOf(await textInside(volumePath, path)).get(key);
  if (value === undefined && !optional) throw new ContainerConfigError(`environment variable key ${JSON.stringify(key)} not found in file`);
  if (value !== undefined && Buffer.byteLength(value) > MAX_VALUE_BYTES) throw new ContainerConfigError(`environment variable value for key ${JSON.stringify(key)} exceeds maximum size of 32KB`);
  return value;
}

/** Empty for a file that is not there. A link that leads out of the volume, which a container may have made, leads nowhere. */
async function textInside(volumePath: string, path: string): Promise<string> {
  const root = await realpath(volumePath);
  const file = await realpath(join(root, path)).catch(() => undefined);
  return file?.startsWith(`${root}/`) ? readFile(file, 'utf8') : '';
}

function variablesOf(text: string): Map<string, string> {
  try {
    return parseEnvFile(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ContainerConfigError(`couldn't parse env file: ${error.message}`);
  }
}
