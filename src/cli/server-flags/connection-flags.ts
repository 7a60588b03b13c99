import { InvalidArgumentError, type Command } from 'commander';
import type { ConnectionOptions } from '../../cluster/server-options.ts';
import { appended, durationOrZero, isTrue, repeated, wholeNumber } from './values.ts';

/** How clients connect, under kube-apiserver's names. */
export interface ConnectionFlags {
  readonly disableHttp2Serving: boolean;
  readonly http2MaxStreamsPerConnection: number;
  readonly goawayChance: number;
  readonly permitPortSharing: boolean;
  readonly shutdownDelayDuration: number;
  readonly externalHostname?: string;
  readonly corsAllowedOrigins: readonly string[];
  readonly strictTransportSecurityDirectives: readonly string[];
}

const MOST_GOAWAY = 0.02;

export function addConnectionFlags(command: Command): void {
  command
    .option('--disable-http2-serving [bool]', 'whether HTTP/1.1 alone is spoken', isTrue, false)
    .option('--http2-max-streams-per-connection <count>', 'requests at once on a connection of HTTP/2, which clients are told; 0: they are told no limit', wholeNumber({ min: 0, max: 10_000 }), 0)
    .option('--goaway-chance <number>', 'after which part of the requests over HTTP/2 a client is asked to connect anew, so that clients spread over several servers behind one address: up to 0.02', chance, 0)
    .option('--permit-port-sharing [bool]', 'whether other processes may listen at the same port (SO_REUSEPORT)', isTrue, false)
    .option('--shutdown-delay-duration <duration>', 'how long requests are answered after the end was asked for, while /readyz says no', durationOrZero, 0)
    .option('--external-hostname <name>', 'under which others reach the server, where documents name it (default: --advertise-address)')
    .option('--cors-allowed-origins <patterns>', 'regular expressions of origins whose pages may read answers, such as //example\\.com(:|$)', origins, [])
    .option('--strict-transport-security-directives <names>', 'what browsers are told to keep to TLS: max-age=31536000,includeSubDomains,preload', directives, []);
}

export function connectionOptions(flags: ConnectionFlags): ConnectionOptions {
  const { corsAllowedOrigins, strictTransportSecurityDirectives } = flags;
  const tellsBrowsers = corsAllowedOrigins.length > 0 || strictTransportSecurityDirectives.length > 0;
  return {
    http2: !flags.disableHttp2Serving, maxStreams: flags.http2MaxStreamsPerConnection || undefined, goawayChance: flags.goawayChance, sharesPort: flags.permitPortSharing,
    shutdownDelayMs: flags.shutdownDelayDuration, externalHostname: flags.externalHostname,
    browsers: tellsBrowsers ? { allowedOrigins: corsAllowedOrigins.map(originPattern), transportDirectives: strictTransportSecurityDirectives } : undefined,
  };
}

function chance(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > MOST_GOAWAY) throw new InvalidArgumentError(`must be a number from 0 to ${MOST_GOAWAY}.`);
  return value;
}

/** Source: apiserver pkg/server/options/server_run_options.go, validateCorsAllowedOriginList. */
function origins(text: string, before: readonly string[]): readonly string[] {
  const all = appended(text, before);
  for (const one of all) {
    const isPinned = /\^|\/\//.test(one) && /\$|:/.test(one);
    if (!isPinned) throw new InvalidArgumentError(`${one} would match hosts that only contain it: pin both ends, as in //example\\.com(:|$).`);
    try {
      originPattern(one);
    } catch (error) {
      throw new InvalidArgumentError(`${one} is no regular expression: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  return all;
}

/** Go writes `(?i)` before a pattern that ignores case. */
function originPattern(text: string): RegExp {
  return text.startsWith('(?i)') ? new RegExp(text.slice('(?i)'.length), 'i') : new RegExp(text);
}

function directives(text: string, before: readonly string[]): readonly string[] {
  const all = text.split(',').reduce((read, one) => repeated(one.trim(), read), before).filter(Boolean);
  for (const one of all) if (!/^(?:includeSubDomains|preload|max-age=\d+)$/.test(one)) throw new InvalidArgumentError('may hold max-age=SECONDS, includeSubDomains and preload.');
  return all;
}
