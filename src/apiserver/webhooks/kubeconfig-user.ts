import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KubeconfigUser } from '../../pki/index.ts';
import type { RequestHeaders, WebhookTls } from './webhook-tls.ts';

/** What this server shows to a webhook. */
export interface WebhookCredentials {
  readonly tls: Pick<WebhookTls, 'cert' | 'key'>;
  readonly headers: RequestHeaders;
}

/** A PEM that a kubeconfig holds in base64, or names by a path, which may be relative to `folder`. Throws RangeError when the file cannot be read. */
export function pemOf(data: string | undefined, path: string | undefined, folder: string): string | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return path === undefined || path === '' ? undefined : textOf(path, folder);
}

function textOf(path: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, path), 'utf8');
  } catch (error) {
    throw new RangeError(`unable to read ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * A user of a kubeconfig as a certificate and headers: token, or name and password, and whom to stand for. Throws RangeError for files that cannot be read, and for
 * what cannot be used together or at all. Source: apiserver pkg/util/webhook/authentication.go; client-go transport/config.go.
 */
export function credentialsOf(user: KubeconfigUser, folder: string): WebhookCredentials {
  if (user['auth-provider'] !== undefined) throw new RangeError('auth provider not supported');
  if (user.exec !== undefined) throw new RangeError('exec plugins are not run by the server: give it a token, a certificate, or a name and a password');
  const token = user.tokenFile ? textOf(user.tokenFile, folder).trim() : (user.token ?? '');
  const hasName = Boolean(user.username) || Boolean(user.password);
  if (hasName && token !== '') throw new RangeError('username/password or bearer token may be set, but not both');
  const [cert, key] = [pemOf(user['client-certificate-data'], user['client-certificate'], folder), pemOf(user['client-key-data'], user['client-key'], folder)];
  if ((cert === undefined) !== (key === undefined)) throw new RangeError('a client certificate needs its key, and a key its certificate');
  const headers: Record<string, string | string[]> = impersonation(user);
  if (token !== '') headers['authorization'] = `Bearer ${token}`;
  if (hasName) headers['authorization'] = `Basic ${Buffer.from(`${user.username ?? ''}:${user.password ?? ''}`).toString('base64')}`;
  return { tls: { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }, headers };
}

function impersonation({ as: name, 'as-groups': groups, 'as-user-extra': extra }: KubeconfigUser): Record<string, string | string[]> {
  if (!name) return {};
  const headers: Record<string, string | string[]> = { 'impersonate-user': name };
  if (groups && groups.length > 0) headers['impersonate-group'] = groups;
  for (const [key, values] of Object.entries(extra ?? {})) headers[`impersonate-extra-${encodeURIComponent(key)}`] = values;
  return headers;
}
