import type { SecureContextOptions } from 'node:tls';

/** Who asks, as a certificate or a token tells. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface KubeletServerOptions {
  /** 10250; 0 takes a free one. */
  readonly port: number;
  readonly address: string;
  /** The server's own key and certificate, and the CA that signs clients. */
  readonly tls: Pick<SecureContextOptions, 'key' | 'cert' | 'ca'>;
}
