import type { Identity, TokenAuthenticator } from './authenticator.ts';

/** The tokens of a file given with --token-auth-file: lines of `token,user,uid[,"group,group"]`. Source: "Authenticating", static token file. */
export class StaticTokenAuthenticator implements TokenAuthenticator {
  readonly #identities: ReadonlyMap<string, Identity>;

  /** Throws Error naming the line for a text of another form; a line without token names nobody. */
  constructor(text: string) {
    const identities = new Map<string, Identity>();
    text.split('\n').forEach((line, index) => {
      if (line.trim() === '') return;
      const [token = '', name = '', uid, groups = ''] = csvFields(line.trim());
      if (token === '' && uid !== undefined) return;
      if (token === '' || name === '' || uid === undefined) throw new Error(`line ${index + 1} of the token file must be token,user,uid[,"group,group"]`);
      identities.set(token, { user: { name, ...(uid && { uid }), groups: groups.split(',').map((group) => group.trim()).filter(Boolean) } });
    });
    this.#identities = identities;
  }

  authenticateToken(token: string): Identity | undefined {
    return this.#identities.get(token);
  }
}

/** The fields of a line of comma-separated values; quoted ones may hold commas, a doubled quote is one. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const match of `,${line}`.matchAll(/,\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)) fields.push(match[1]?.replaceAll('""', '"') ?? match[2]?.trim() ?? '');
  return fields;
}
