import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SystemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { type Credentials, issueCredentials, newAuthority } from '../pki/index.ts';
import { NodeIdentity } from './node-identity.ts';

const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 600_000 };
const authority = newAuthority({ commonName: 'test', ...validity });
const issue = (): Credentials => issueCredentials(authority, { subject: { commonName: 'system:node:one', organizations: ['system:nodes'] }, ...validity, usages: ['client auth'] });
const [old, renewed] = [issue(), issue()];

/** What a node takes from the files that it finds. */
async function obtained(files: Record<string, string>): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-identity-'));
  try {
    for (const [name, content] of Object.entries({ 'ca.crt': authority.certificatePem, ...files })) writeFileSync(join(folder, name), content);
    const options = { server: 'https://127.0.0.1:1', token: undefined, nodeName: 'one', folder, userAgent: 'test', clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
    const { cert, key } = (await NodeIdentity.obtain(options, new AbortController().signal)).tls();
    return [old, renewed].find(({ certificatePem, keyPem }) => certificatePem === cert && keyPem === key)?.certificatePem;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const { name, files, expected } of [
  { name: 'of before, while nothing is renewed', files: { 'kubelet-client.crt': old.certificatePem, 'kubelet-client.key': old.keyPem }, expected: old },
  { name: 'of before, when the renewal broke off before the certificate was there', files: { 'kubelet-client.crt': old.certificatePem, 'kubelet-client.key': old.keyPem, 'kubelet-client.next.key': renewed.keyPem }, expected: old },
  { name: 'that was renewed, when its key had not taken its place yet', files: { 'kubelet-client.crt': renewed.certificatePem, 'kubelet-client.key': old.keyPem, 'kubelet-client.next.key': renewed.keyPem }, expected: renewed },
]) test(`a node comes back with the certificate ${name}`, async () => assert.equal(await obtained(files), expected.certificatePem));

test('a node whose certificate has no key of its own joins anew', async () => {
  await assert.rejects(obtained({ 'kubelet-client.crt': old.certificatePem, 'kubelet-client.key': renewed.keyPem }), /give it a join token/);
});
