import { connect, type Socket } from 'node:net';
import { type DbusMessage, type DbusValue, encodeMessage, type MethodCall, readMessage, textOf } from './dbus-message.ts';

/** A call is refused; `reason` is the end of the error's name: `NoSuchUnit` of `org.freedesktop.systemd1.NoSuchUnit`. */
export class DbusError extends Error {
  override readonly name = 'DbusError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface DbusConnectionOptions {
  readonly socketPath: string;
  /** Who listens there, for messages: `systemd`. */
  readonly peer: string;
  /** What comes without being an answer. */
  readonly onMessage?: (message: DbusMessage) => void;
  /** The connection broke. */
  readonly onClose?: () => void;
}

/** Calls over a connection that is made for the first of them and again when it broke. */
export class DbusConnection implements Disposable {
  readonly #options: DbusConnectionOptions;
  readonly #open = new Map<number, PromiseWithResolvers<DbusMessage>>();
  #connecting: Promise<Socket> | undefined;
  #serial = 0;

  constructor(options: DbusConnectionOptions) {
    this.#options = options;
  }

  [Symbol.dispose](): void {
    void this.#connecting?.then((socket) => socket.destroy(), () => undefined);
  }

  /** Gives the body of the answer. Throws `DbusError`. */
  async call(call: MethodCall): Promise<readonly DbusValue[]> {
    const socket = await this.#connection();
    const serial = ++this.#serial;
    const answer = Promise.withResolvers<DbusMessage>();
    this.#open.set(serial, answer);
    // An open connection alone keeps no process alive; an open call does.
    socket.ref();
    socket.write(encodeMessage({ type: 'call', ...call }, serial));
    const { errorName, body } = await answer.promise.finally(() => this.#open.size === 0 && socket.unref());
    if (errorName === undefined) return body;
    const told = textOf(body[0]) || errorName;
    throw new DbusError(errorName.slice(errorName.lastIndexOf('.') + 1), `${this.#options.peer} refuses ${call.member} of ${textOf(call.body[0])}: ${told}`);
  }

  /** Sends what wants no answer, or is one. */
  async send(message: Omit<DbusMessage, 'serial'>): Promise<void> {
    (await this.#connection()).write(encodeMessage(message, ++this.#serial));
  }

  #connection(): Promise<Socket> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /**
   * Who connects tells its user; the other side sees that it is so. The end of that is sent with it: what came together with a call would be left
   * lying until more comes.
   */
  async #connect(): Promise<Socket> {
    const { socketPath, peer, onClose } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect(socketPath);
    let received: Buffer = Buffer.alloc(0);
    let isOpen = false;
    const fail = (error: Error): void => {
      this.#connecting = undefined;
      reject(error);
      for (const [serial, answer] of this.#open) {
        this.#open.delete(serial);
        answer.reject(error);
      }
    };
    socket.on('error', fail).on('close', () => {
      fail(new Error(`${peer} closed the connection on ${socketPath}`));
      onClose?.();
    });
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')}\r\nBEGIN\r\n`));
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      if (!isOpen) {
        const end = received.indexOf('\r\n');
        if (end < 0) return;
        const answer = received.toString('latin1', 0, end);
        if (!answer.startsWith('OK ')) return void socket.destroy(new Error(`${peer} lets nobody in on ${socketPath}: ${answer}`));
        received = received.subarray(end + 2);
        isOpen = true;
        resolve(socket);
      }
      received = this.#read(received);
    });
    return promise;
  }

  /** Gives what is left. */
  #read(received: Buffer): Buffer {
    let left = received;
    for (let found = readMessage(left); found; found = readMessage(left)) {
      left = left.subarray(found.bytes);
      const { message } = found;
      if (message.replySerial === undefined) {
        this.#options.onMessage?.(message);
        continue;
      }
      this.#open.get(message.replySerial)?.resolve(message);
      this.#open.delete(message.replySerial);
    }
    return left;
  }
}
