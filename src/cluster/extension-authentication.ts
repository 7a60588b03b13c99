import type { ConfigMap } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { Draft } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import type { RequestHeaderFlags } from './server-options.ts';

export interface PublishedAuthentication {
  /** PEM. */
  readonly clientCa: string;
  readonly requestHeaderCa: string;
  readonly headers: RequestHeaderFlags | undefined;
}

const NAME = 'extension-apiserver-authentication';
const NAMESPACE = 'kube-system';

/** Tells API servers of others, in ConfigMap `kube-system/extension-apiserver-authentication`, whom to believe. Source: "Configure the Aggregation Layer". */
export async function publishAuthentication(client: Client, { clientCa, requestHeaderCa, headers }: PublishedAuthentication, signal: AbortSignal): Promise<void> {
  const maps = client.resource(refs.configMaps, NAMESPACE);
  const data: Record<string, string> = {
    'client-ca-file': clientCa,
    ...(headers && {
      'requestheader-allowed-names': JSON.stringify(headers.allowedNames), 'requestheader-client-ca-file': requestHeaderCa,
      'requestheader-extra-headers-prefix': JSON.stringify(headers.extraHeaderPrefixes), 'requestheader-group-headers': JSON.stringify(headers.groupHeaders),
      'requestheader-uid-headers': JSON.stringify(headers.uidHeaders), 'requestheader-username-headers': JSON.stringify(headers.usernameHeaders),
    }),
  };
  try {
    const known = await maps.get(NAME, { signal });
    if (Object.entries(data).some(([key, value]) => known.data?.[key] !== value)) await maps.patch(NAME, { type: 'merge', patch: { data } }, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    await maps.create({ metadata: { name: NAME, namespace: NAMESPACE }, data } as Draft<ConfigMap>, { signal }).catch((refused: unknown) => {
      if (!hasReason(refused, 'AlreadyExists')) throw refused;
      return publishAuthentication(client, { clientCa, requestHeaderCa, headers }, signal); // another server that starts too was faster
    });
  }
}
