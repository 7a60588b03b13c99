import type { Command } from 'commander';
import { addApiFlags, type ApiFlags } from './api-flags.ts';
import { addAuditFlags, type AuditFlags } from './audit-flags.ts';
import { addAuthenticationFlags, type AuthenticationFlags } from './authentication-flags.ts';
import { addAuthorizationFlags, type AuthorizationFlags } from './authorization-flags.ts';
import { addConcurrencyFlags, type ConcurrencyFlags } from './concurrency-flags.ts';
import { addControllerFlags, type ControllerFlags } from './controller-flags.ts';
import { describeDefaults } from './defaults.ts';
import { addManifestFlags, addRefusedFlags } from './manifest-flags.ts';
import { addReachFlags, type ReachFlags } from './reach-flags.ts';
import { addSigningFlags, type SigningFlags } from './signing-flags.ts';
import { addConnectionFlags, type ConnectionFlags } from './connection-flags.ts';
import { addOwnFlags, type OwnFlags } from './own-flags.ts';
import { addSeveralServersFlags, type SeveralServersFlags } from './several-servers-flags.ts';

export type ServerFlags = OwnFlags & ReachFlags & ConnectionFlags & ApiFlags & AuthenticationFlags & AuthorizationFlags & AuditFlags & ControllerFlags & SigningFlags & ConcurrencyFlags & SeveralServersFlags;

export function addServerFlags(command: Command): void {
  addOwnFlags(command);
  addApiFlags(command);
  addReachFlags(command);
  addConnectionFlags(command);
  addAuthenticationFlags(command);
  addAuthorizationFlags(command);
  addAuditFlags(command);
  addControllerFlags(command);
  addSigningFlags(command);
  addConcurrencyFlags(command);
  addSeveralServersFlags(command);
  addManifestFlags(command);
  addRefusedFlags(command);
  describeDefaults(command);
}
