import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SystemClock } from '../base/clock.ts';
import { LAST_FILE, loadCertificates, loadCertificatesAside } from './certificates.ts';

const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };

test('once the last file is there all others are, also when they are written aside', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-pki-'));
  try {
    const options = { folder, clock: new SystemClock(), names };
    const { certificates, written } = loadCertificatesAside(options);
    while (!existsSync(join(folder, LAST_FILE))) await setImmediate();
    const there = readdirSync(folder);
    await written;
    assert.deepEqual(there, readdirSync(folder));
    const read = loadCertificates(options);
    assert.equal(read.admin.certificatePem, certificates.admin.certificatePem);
    assert.equal(read.authority.certificatePem, certificates.authority.certificatePem);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
