export type Claims = Readonly<Record<string, unknown>>;

/** The header or the claims of a JSON Web Token (RFC 7519) out of their part of it; undefined for what is no JSON object in base64url. */
export function decodeClaims(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
