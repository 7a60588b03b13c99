import { closeSync, openSync } from 'node:fs';
import type { KubeconfigCluster, KubeconfigUser } from '../../pki/kubeconfig.ts';
import { CommandError } from '../errors.ts';
import type { Flags } from '../flags.ts';

interface Entries {
  readonly cluster: Partial<KubeconfigCluster>;
  readonly clusterName: string;
  readonly user: KubeconfigUser;
  readonly userName: string;
  readonly impersonates: Flags;
}

/** Throws CommandError for entries that contradict themselves or name files that cannot be read. Source: client-go tools/clientcmd, validation.go. */
export function checkEntries(entries: Entries): void {
  const errors = [...userErrors(entries), ...clusterErrors(entries)];
  if (errors.length > 1) throw new CommandError(`Error in configuration: ${errors.map((text) => `\n* ${text}`).join('')}`, { isBare: true });
  if (errors[0] !== undefined) throw new CommandError(errors[0]);
  const isInsecure = entries.cluster['insecure-skip-tls-verify'] === true;
  if (isInsecure && (entries.cluster['certificate-authority'] || entries.cluster['certificate-authority-data'])) throw new CommandError('specifying a root certificates file with the insecure flag is not allowed');
}

function clusterErrors({ cluster, clusterName }: Entries): string[] {
  if (cluster['certificate-authority-data']) return [];
  return unreadable(cluster['certificate-authority'], (why) => `unable to read certificate-authority ${cluster['certificate-authority']} for ${clusterName} due to ${why}`);
}

function userErrors({ user, userName, impersonates }: Entries): string[] {
  const methods = [...(user.token ? ['token'] : []), ...(user.username || user.password ? ['basicAuth'] : [])];
  const errors: string[] = [];
  if (user['client-certificate'] || user['client-certificate-data']) {
    if (!user['client-key'] && !user['client-key-data']) errors.push(`client-key-data or client-key must be specified for ${userName} to use the clientCert authentication method.`);
    for (const [field, name] of [['client-certificate', 'client-cert'], ['client-key', 'client-key']] as const) {
      if (!user[`${field}-data`]) errors.push(...unreadable(user[field], (why) => `unable to read ${name} ${user[field]} for ${userName} due to ${why}`));
    }
  }
  if (methods.length > 1) errors.push(`more than one authentication method found for ${userName}; found [${methods.join(' ')}], only one is allowed`);
  const isForOthers = impersonates.list('as-group').length > 0 || impersonates.string('as-uid') !== '' || impersonates.list('as-user-extra').length > 0;
  if (isForOthers && impersonates.string('as') === '') errors.push(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  return errors;
}

function unreadable(path: string | undefined, text: (why: string) => string): string[] {
  if (!path) return [];
  try {
    closeSync(openSync(path, 'r'));
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [text(`open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : (error as Error).message}`)];
  }
}
