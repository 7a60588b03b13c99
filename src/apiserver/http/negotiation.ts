import { failure, type StatusError } from '../../apimachinery/status.ts';

/** The encodings of objects. */
export type MediaKind = 'json' | 'yaml' | 'protobuf';

/** What `as=` in an Accept header turns an object or a list into. */
export interface Transformation {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  readonly version: 'v1' | 'v1beta1';
}

/** How an answer is to be written. */
export interface OutputForm {
  readonly media: MediaKind;
  readonly as: Transformation | undefined;
  /** Whether the clause that was taken says `pretty=1`. */
  readonly pretty?: true;
}

export const MEDIA_TYPES: Readonly<Record<MediaKind, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

export const JSON_FORM: OutputForm = { media: 'json', as: undefined };

interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** What an endpoint can give. */
export interface Offer {
  readonly media: readonly MediaKind[];
  /** Where metadata alone can be had in more encodings than whole objects: of custom resources. */
  readonly metadataMedia?: readonly MediaKind[];
  /** Whether Table and PartialObjectMetadata can be asked for. */
  readonly transformations: boolean;
  /** Whether there are tables among them: what is only ever created has none. Default: true. */
  readonly tables?: boolean;
  /** What 406 names besides: lists and gets say so in different words. */
  readonly stream: 'no' | 'offered' | 'only';
  /** Of paths whose router already looks at the media type, with words of its own for what it does not know. */
  readonly routed?: boolean;
}

const parsedAccepts = new Map<string, readonly AcceptClause[]>();
const MAX_PARSED_ACCEPTS = 512;

function parseAccept(header: string): readonly AcceptClause[] {
  const known = parsedAccepts.get(header);
  if (known) return known;
  const clauses: AcceptClause[] = [];
  for (const part of header.split(',')) {
    const [range = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const [type = '', subtype] = range === '*' ? ['*', '*'] : range.toLowerCase().split('/');
    if (type === '' || subtype === undefined || subtype === '') continue;
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      const name = (equals < 0 ? parameter : parameter.slice(0, equals)).trim().toLowerCase();
      const value = equals < 0 ? '' : parameter.slice(equals + 1).trim().replace(/^"(.*)"$/, '$1');
      if (name === 'q') quality = Number.isNaN(Number(value)) ? 1 : Number(value);
      else if (name !== '') parameters.set(name, value);
    }
    clauses.push({ type, subtype, parameters, quality });
  }
  clauses.sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
  if (parsedAccepts.size >= MAX_PARSED_ACCEPTS) parsedAccepts.clear();
  parsedAccepts.set(header, clauses);
  return clauses;
}

function wildcards(clause: AcceptClause): number {
  return (clause.type === '*' ? 2 : 0) + (clause.subtype === '*' ? 1 : 0);
}

function mediaOf(clause: AcceptClause, offered: readonly MediaKind[]): MediaKind | undefined {
  return offered.find((media) => {
    const [type, subtype] = MEDIA_TYPES[media].split('/');
    return (clause.type === '*' || clause.type === type) && (clause.subtype === '*' || clause.subtype === subtype);
  });
}

function metadataMediaOf(clause: AcceptClause, { metadataMedia }: Offer): MediaKind | undefined {
  return metadataMedia && clause.parameters.get('as')?.startsWith('PartialObjectMetadata') ? mediaOf(clause, metadataMedia) : undefined;
}

/** `false`: the clause asks for something that this endpoint does not give. */
function transformationOf(clause: AcceptClause, media: MediaKind, offer: Offer): Transformation | undefined | false {
  const kind = clause.parameters.get('as');
  // A group or a version alone asks for something too, which nobody can give.
  if (!['as', 'g', 'v'].some((name) => clause.parameters.has(name))) return undefined;
  if (!offer.transformations || clause.parameters.get('g') !== 'meta.k8s.io') return false;
  const version = clause.parameters.get('v');
  if (version !== 'v1' && version !== 'v1beta1') return false;
  if (kind !== 'Table' && kind !== 'PartialObjectMetadata' && kind !== 'PartialObjectMetadataList') return false;
  if (kind === 'Table' && (media === 'protobuf' || offer.tables === false)) return false;
  return { kind, version };
}

const FORMS: Readonly<Record<MediaKind, OutputForm>> = {
  json: JSON_FORM,
  yaml: { media: 'yaml', as: undefined },
  protobuf: { media: 'protobuf', as: undefined },
};

/** The first clause of `accept`, in the client's order of preference, that the endpoint can give. Throws StatusError 406. Source: apiserver pkg/endpoints/handlers/negotiation. */
export function negotiateOutput(accept: string | undefined, offer: Offer): OutputForm {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return JSON_FORM;
  const clauses = parseAccept(accept);
  let isMediaKnown = false;
  for (const clause of clauses) {
    const media = mediaOf(clause, offer.media) ?? metadataMediaOf(clause, offer);
    if (media === undefined) continue;
    isMediaKnown = true;
    if (clause.parameters.get('stream') === 'watch' && offer.stream === 'no') continue;
    const as = transformationOf(clause, media, offer);
    if (as === false) continue;
    if (clause.parameters.get('pretty') === '1') return { media, as, pretty: true };
    return as === undefined ? FORMS[media] : { media, as };
  }
  throw isMediaKnown || !(offer.transformations || offer.routed) ? onlyAccepted(offer.media) : notRepresentable(offer);
}

/** Whether an Accept header takes JSON. */
export function takesJson(accept: string | undefined): boolean {
  return accept === undefined || accept === '' || parseAccept(accept).some((clause) => mediaOf(clause, ['json']) !== undefined);
}

export function notRepresentable(offer: Offer): StatusError {
  const types = offer.media.map((media) => MEDIA_TYPES[media]);
  if (offer.stream !== 'no') types.push(...streamTypes(offer.media));
  return failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {});
}

/** The 406 of endpoints outside the resources, and of `as=` parameters that mean nothing. */
export function onlyAccepted(media: readonly MediaKind[]): StatusError {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${media.map((one) => MEDIA_TYPES[one]).join(', ')}`);
}

/** The 406 of a watch in a form that has no stream. */
export function onlyStreams(media: readonly MediaKind[]): StatusError {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${streamTypes(media).join(', ')}`);
}

function streamTypes(media: readonly MediaKind[]): string[] {
  return media.filter((one) => one !== 'yaml').map((one) => `${MEDIA_TYPES[one]};stream=watch`);
}

/** The media of a request's body; absent means JSON. Throws StatusError 415. */
export function inputMedia(contentType: string | undefined, accepted: readonly MediaKind[]): MediaKind {
  if (contentType === undefined || contentType === '') return 'json';
  const type = mediaTypeOf(contentType);
  if (type === 'application/json' && hasReadableParameters(contentType)) return 'json';
  const media = accepted.find((one) => MEDIA_TYPES[one] === type);
  if (media && hasReadableParameters(contentType)) return media;
  const list = accepted.map((one) => MEDIA_TYPES[one]).join(', ');
  throw failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${list}`);
}

const PARAMETERS = /^(?:;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*")\s*)*;?\s*$/;

/** Source: Go's mime.ParseMediaType. */
function hasReadableParameters(contentType: string): boolean {
  const semicolon = contentType.indexOf(';');
  return semicolon < 0 || PARAMETERS.test(contentType.slice(semicolon));
}

/** A content type without its parameters. */
export function mediaTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
