import { at, numberAt, textAt } from '../kube-json.ts';

const percent = (character: string): string => [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
/** As Go writes the host and the path of an address. */
const escapedHost = (host: string): string => host.replaceAll(/[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/gu, percent);
const escapedPath = (path: string): string => path.replaceAll(/[^A-Za-z0-9\-_.~$&+,/:;=@]/gu, percent);

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`. Source: kubectl pkg/describe, DescribeProbe. */
export function probeText(probe: unknown): string {
  const attributes = `delay=${numberAt(probe, 'initialDelaySeconds')}s timeout=${numberAt(probe, 'timeoutSeconds')}s period=${numberAt(probe, 'periodSeconds')}s #success=${numberAt(probe, 'successThreshold')} #failure=${numberAt(probe, 'failureThreshold')}`;
  const exec = at(probe, 'exec');
  if (exec) {
    const words = at(exec, 'command');
    return `exec [${Array.isArray(words) ? words.join(' ') : ''}] ${attributes}`;
  }
  const http = at(probe, 'httpGet');
  if (http) return `http-get ${addressOf(http)} ${attributes}`;
  const tcp = at(probe, 'tcpSocket');
  if (tcp) return `tcp-socket ${textAt(tcp, 'host')}:${textAt(tcp, 'port')} ${attributes}`;
  const grpc = at(probe, 'grpc');
  return grpc ? `grpc <pod>:${textAt(grpc, 'port')} ${textAt(grpc, 'service')} ${attributes}` : `unknown ${attributes}`;
}

function addressOf(http: unknown): string {
  const host = textAt(http, 'host');
  const path = textAt(http, 'path');
  return `${textAt(http, 'scheme').toLowerCase()}://${escapedHost(`${host.includes(':') ? `[${host}]` : host}:${textAt(http, 'port')}`)}${path === '' || path.startsWith('/') ? '' : '/'}${escapedPath(path)}`;
}
