import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer, type Packet, type Question } from 'dns-packet';
import { resolve, startOfAuthority, type ClusterView, type Zone } from './records.ts';
import type { Forwarder } from './upstream.ts';

/** Numbers of DNS' response codes. */
const RCODE = { noError: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4 } as const;

/** What fits into a datagram of a client that does not say more. RFC 1035. */
const CLASSIC_UDP_BYTES = 512;
/** What a datagram may have without being split on the way, as the resolvers' makers agreed on. */
const MAX_UDP_BYTES = 1232;
const MAX_ALIASES = 8;

export interface AnswererOptions {
  readonly view: ClusterView;
  readonly zone: Zone;
  readonly forwarder: Forwarder;
}

interface Reply {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/** Answers queries of DNS, as bytes. */
export class Answerer {
  readonly #options: AnswererOptions;
  #turn = 0;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** The reply; undefined for what is no query at all, which deserves none. */
  async answer(query: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer | undefined> {
    if (query.length < 12 || (query.readUInt8(2) & 0x80) !== 0) return undefined;
    if (((query.readUInt8(2) >> 3) & 0xf) !== 0) return bareReply(query, RCODE.notImplemented); // not a question: NOTIFY, UPDATE
    let packet: Packet;
    try {
      packet = decode(query);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return bareReply(query, RCODE.formatError); // the decoder throws on whatever is no DNS message
    }
    const [question] = packet.questions ?? [];
    if (!question || packet.questions?.length !== 1) return bareReply(query, RCODE.formatError);
    const reply = await this.#resolve(question, query, protocol, signal);
    if (Buffer.isBuffer(reply)) return reply;
    return this.#encode(packet, question, reply, protocol);
  }

  async #resolve(question: Question, query: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Reply | Buffer> {
    const { view, zone, forwarder } = this.#options;
    const resolution = resolve(question.name, question.type, view, zone);
    if (resolution.kind === 'elsewhere') {
      // Without a resolver there are no names but the cluster's: a failure would only make clients ask again.
      if (forwarder.isEmpty) return { rcode: RCODE.noSuchName, authoritative: false, answers: [] };
      return (await forwarder.ask(query, protocol, signal)) ?? { rcode: RCODE.serverFailure, authoritative: false, answers: [] };
    }
    const soa = [startOfAuthority(zone, 1)];
    if (resolution.kind === 'no-such-name') return { rcode: RCODE.noSuchName, authoritative: true, answers: [], authorities: soa };
    if (resolution.alias !== undefined) return this.#follow(resolution.alias, question, [...resolution.answers], signal);
    if (resolution.answers.length === 0) return { rcode: RCODE.noError, authoritative: true, answers: [], authorities: soa };
    return { rcode: RCODE.noError, authoritative: true, answers: this.#rotated(resolution.answers), additionals: resolution.additionals };
  }

  /** Adds what an alias leads to; where that cannot be learnt, the alias alone is the answer. */
  async #follow(alias: string, question: Question, answers: Answer[], signal: AbortSignal): Promise<Reply> {
    const { view, zone, forwarder } = this.#options;
    let name: string | undefined = alias;
    for (let step = 0; name !== undefined && step < MAX_ALIASES; step++) {
      const next = resolve(name, question.type, view, zone);
      if (next.kind === 'found') answers.push(...next.answers);
      if (next.kind === 'elsewhere' && !forwarder.isEmpty) answers.push(...(await this.#askElsewhere(name, question, signal)));
      name = next.kind === 'found' ? next.alias : undefined;
    }
    return { rcode: RCODE.noError, authoritative: true, answers };
  }

  async #askElsewhere(name: string, question: Question, signal: AbortSignal): Promise<Answer[]> {
    const query = encode({ type: 'query', id: this.#turn & 0xffff, flags: RECURSION_DESIRED, questions: [{ ...question, name }] });
    const reply = await this.#options.forwarder.ask(query, 'udp', signal);
    return reply ? (decode(reply).answers ?? []) : [];
  }

  /** Clients tend to take the first address: let it be another each time. */
  #rotated(answers: readonly Answer[]): readonly Answer[] {
    if (answers.length < 2) return answers;
    const from = this.#turn++ % answers.length;
    return [...answers.slice(from), ...answers.slice(0, from)];
  }

  #encode(packet: Packet, question: Question, reply: Reply, protocol: 'udp' | 'tcp'): Buffer {
    const option = packet.additionals?.find((record) => record.type === 'OPT');
    const asked = option?.type === 'OPT' ? option.udpPayloadSize : CLASSIC_UDP_BYTES;
    const limit = protocol === 'tcp' ? 65_535 : Math.min(Math.max(asked, CLASSIC_UDP_BYTES), MAX_UDP_BYTES);
    const own: Answer[] = option ? [{ type: 'OPT', name: '.', udpPayloadSize: MAX_UDP_BYTES, flags: 0, flag_do: false, extendedRcode: 0, ednsVersion: 0, options: [] }] : [];
    const flags = ((packet.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE | (reply.authoritative ? AUTHORITATIVE_ANSWER : 0) | reply.rcode;
    const whole = (answers: readonly Answer[], additionals: readonly Answer[], more: number): Buffer =>
      encode({ type: 'response', id: packet.id ?? 0, flags: flags | more, questions: [question], answers: [...answers], authorities: [...(reply.authorities ?? [])], additionals: [...additionals, ...own] });
    let bytes = whole(reply.answers, reply.additionals ?? [], 0);
    if (bytes.length > limit) bytes = whole(reply.answers, [], 0); // additional records are a courtesy
    for (let kept = reply.answers.length; bytes.length > limit && kept > 0; ) {
      kept = Math.min(kept - 1, Math.floor((kept * limit) / bytes.length));
      bytes = whole(reply.answers.slice(0, kept), [], TRUNCATED_RESPONSE);
    }
    return bytes;
  }
}

/** A reply without any record, to a query that could not be read. */
function bareReply(query: Buffer, rcode: number): Buffer {
  const reply = Buffer.alloc(12);
  query.copy(reply, 0, 0, 3);
  reply.writeUInt8((query.readUInt8(2) & 0x79) | 0x80, 2); // the same operation, as a response
  reply.writeUInt8(0x80 | rcode, 3);
  return reply;
}
