/**
 * What turns the bytes of a value into the bytes that are stored, and back. Stored bytes begin with `prefix`, by which the transformer that wrote them is
 * found again. `key`, the store's key, is authenticated with the value where the cipher can, so that values cannot be swapped between keys.
 */
export interface Transformer {
  /** `k8s:enc:<cipher>:v1:<name of the key>:`; empty for identity. */
  readonly prefix: string;
  /** What the newest writes carry: the prefix and, where keys change behind one prefix (KMS), the key's id. A value that carries another wants writing again. */
  readonly generation: string;
  /** Throws Error while no key can be had. */
  encrypt(plain: Uint8Array, key: string): Buffer;
  /** Throws (or rejects with) Error when the bytes are not what this transformer wrote under `key`. */
  decrypt(stored: Buffer, key: string): Decrypted | Promise<Decrypted>;
}

export interface Decrypted {
  readonly plain: Buffer;
  /** The generation that it was written under. */
  readonly generation: string;
}

/** What all encrypted values begin with. Source: the Kubernetes documentation, "Encrypting Confidential Data at Rest". */
export const ENCRYPTED = 'k8s:enc:';

/** A Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Values as they are. */
export const identity: Transformer = {
  prefix: '',
  generation: '',
  encrypt: (plain) => asBuffer(plain),
  decrypt: (stored) => ({ plain: stored, generation: '' }),
};
