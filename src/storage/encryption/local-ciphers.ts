import { createCipheriv, createDecipheriv } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Random } from '../../base/random.ts';
import { asBuffer, ENCRYPTED, type Transformer } from './transformer.ts';

/** A cipher over one secret: `seal` gives nonce and ciphertext, `open` takes them and throws Error when they are not of this secret. */
interface Cipher {
  seal(plain: Uint8Array, key: string): Uint8Array;
  open(sealed: Buffer, key: string): Uint8Array;
}

export type LocalCipherName = 'aesgcm' | 'aescbc' | 'secretbox';

const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
const CBC_IV_BYTES = 16;
const SECRETBOX_NONCE_BYTES = 24;

/** AES-GCM with a random nonce, the store's key authenticated with the value. */
export function aesGcm(secret: Buffer, random: Random): Cipher {
  const name = `aes-${secret.length * 8}-gcm` as 'aes-256-gcm';
  return {
    seal(plain, key) {
      const nonce = random.bytes(GCM_NONCE_BYTES);
      const cipher = createCipheriv(name, secret, nonce).setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, key) {
      if (sealed.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) throw new Error('the stored data is shorter than its nonce and tag');
      const end = sealed.length - GCM_TAG_BYTES;
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, GCM_NONCE_BYTES), { authTagLength: GCM_TAG_BYTES }).setAAD(Buffer.from(key));
      decipher.setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(GCM_NONCE_BYTES, end)), decipher.final()]);
    },
  };
}

/** AES-CBC with PKCS #7 padding: kept for clusters that have it; it authenticates nothing. */
function aesCbc(secret: Buffer, random: Random): Cipher {
  const name = `aes-${secret.length * 8}-cbc`;
  return {
    seal(plain) {
      const iv = random.bytes(CBC_IV_BYTES);
      const cipher = createCipheriv(name, secret, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
    },
    open(sealed) {
      if (sealed.length < 2 * CBC_IV_BYTES) throw new Error('the stored data is shorter than its block');
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, CBC_IV_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(CBC_IV_BYTES)), decipher.final()]);
    },
  };
}

/** NaCl's secretbox: XSalsa20 and Poly1305. */
function secretbox(secret: Buffer, random: Random): Cipher {
  return {
    seal(plain) {
      const nonce = random.bytes(SECRETBOX_NONCE_BYTES);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    open: (sealed) => xsalsa20poly1305(secret, sealed.subarray(0, SECRETBOX_NONCE_BYTES)).decrypt(sealed.subarray(SECRETBOX_NONCE_BYTES)),
  };
}

const CIPHERS: Readonly<Record<LocalCipherName, (secret: Buffer, random: Random) => Cipher>> = { aesgcm: aesGcm, aescbc: aesCbc, secretbox };

/** The transformer of one named secret: 16, 24 or 32 bytes for AES, 32 for secretbox. */
export function localTransformer(cipherName: LocalCipherName, keyName: string, secret: Buffer, random: Random): Transformer {
  const prefix = `${ENCRYPTED}${cipherName}:v1:${keyName}:`;
  const head = Buffer.from(prefix);
  const cipher = CIPHERS[cipherName](secret, random);
  return {
    prefix,
    generation: prefix,
    encrypt: (plain, key) => Buffer.concat([head, cipher.seal(plain, key)]),
    decrypt: (stored, key) => ({ plain: asBuffer(cipher.open(stored.subarray(head.length), key)), generation: prefix }),
  };
}
