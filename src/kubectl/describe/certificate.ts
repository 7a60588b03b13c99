import { humanDuration } from '../../apimachinery/human-duration.ts';
import { readRequest } from '../../pki/index.ts';
import { at, listAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer } from './describer.ts';
import { longTime, metaLines } from './text.ts';

/** Attributes of a subject as stock kubectl names them; the optional ones only where there are values. */
const SUBJECT: readonly (readonly [title: string, oid: string, isOptional: boolean])[] = [
  ['Common Name', '2.5.4.3', false], ['Serial Number', '2.5.4.5', false], ['Organization', '2.5.4.10', true], ['Organizational Unit', '2.5.4.11', true], ['Country', '2.5.4.6', true], ['Locality', '2.5.4.7', true],
  ['Province', '2.5.4.8', true], ['StreetAddress', '2.5.4.9', true], ['PostalCode', '2.5.4.17', true],
];

/** Source: kubectl pkg/describe, describeCertificateSigningRequest. */
export const describeCertificateSigningRequest: Describer = async (object, scope) => {
  const { spec } = object as { spec?: unknown };
  const expiration = at(spec, 'expirationSeconds');
  return [
    `Name:\t${object.metadata.name}`, ...metaLines(object), `CreationTimestamp:\t${longTime(object.metadata.creationTimestamp ?? '')}`, `Requesting User:\t${textAt(spec, 'username')}`,
    ...(textAt(spec, 'signerName') ? [`Signer:\t${textAt(spec, 'signerName')}`] : []), ...(expiration === undefined ? [] : [`Requested Duration:\t${humanDuration(numberAt(expiration) * 1000)}`]),
    `Status:\t${statusText(object)}`, ...requestLines(Buffer.from(textAt(spec, 'request'), 'base64').toString()), ...(await scope.eventLines()),
  ];
};

function statusText(object: unknown): string {
  const types = new Set(listAt(object, 'status', 'conditions').map((one) => textAt(one, 'type')));
  const decided = ['Approved', 'Denied', 'Failed'].filter((type) => types.has(type));
  const first = types.has('Denied') ? ['Denied'] : types.has('Approved') ? ['Approved'] : ['Pending'];
  return [...first, ...(decided.includes('Failed') ? ['Failed'] : []), ...(textAt(object, 'status', 'certificate') ? ['Issued'] : [])].join(',');
}

function requestLines(pem: string): string[] {
  const { attributes, names } = readRequest(pem);
  const list = (title: string, values: readonly string[], isOptional: boolean): string[] => {
    if (values.length === 0) return isOptional ? [] : [`${title}\t`];
    return values.map((value, index) => `${index === 0 ? title : ''}\t${value}`);
  };
  const alternative = [['DNS Names', names.dnsNames], ['Email Addresses', names.emails], ['URIs', names.uris], ['IP Addresses', names.ipAddresses]] as const;
  return [
    'Subject:', ...SUBJECT.flatMap(([title, oid, isOptional]) => list(`  ${title}:`, attributes.get(oid) ?? [], isOptional)),
    ...(alternative.some(([, values]) => values.length > 0) ? ['Subject Alternative Names:', ...alternative.flatMap(([title, values]) => values.map((value, index) => `\t${index === 0 ? `${title}:` : ''}\t${value}`))] : []),
  ];
}
