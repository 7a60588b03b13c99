import { connect, type Socket } from 'node:net';
import { type DbusValue, type MethodCall, methodCall, readMessage, type Reply, textOf } from './dbus-message.ts';

/** Where systemd takes calls of root without a bus in between. */
export const SYSTEMD_SOCKET = '/run/systemd/private';
const NAME = 'org.freedesktop.systemd1';
const MANAGER = { destination: NAME, path: '/org/freedesktop/systemd1', interface: `${NAME}.Manager` } as const;

/** systemd refuses; `name` is that of its error: `org.freedesktop.systemd1.NoSuchUnit`. */
export class SystemdError extends Error {
  override readonly name = 'SystemdError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type UnitProperty = readonly [name: string, signature: string, value: DbusValue];

/** systemd, over a connection that is made for the first call and again when it broke. */
export class SystemdClient implements Disposable {
  readonly #socketPath: string;
  readonly #open = new Map<number, PromiseWithResolvers<Reply>>();
  #connecting: Promise<Socket> | undefined;
  #serial = 0;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  [Symbol.dispose](): void {
    void this.#connecting?.then((socket) => socket.destroy(), () => undefined);
  }

  /** Starts a unit that is not in a file. Throws `SystemdError`, also with reason `UnitExists`. */
  async startTransientUnit(name: string, properties: readonly UnitProperty[]): Promise<void> {
    await this.#call({ ...MANAGER, member: 'StartTransientUnit', signature: 'ssa(sv)a(sa(sv))', body: [name, 'replace', variants(properties), []] });
  }

  /** Until the next start of the machine. */
  async setUnitProperties(name: string, properties: readonly UnitProperty[]): Promise<void> {
    await this.#call({ ...MANAGER, member: 'SetUnitProperties', signature: 'sba(sv)', body: [name, true, variants(properties)] });
  }

  async stopUnit(name: string): Promise<void> {
    await this.#call({ ...MANAGER, member: 'StopUnit', signature: 'ss', body: [name, 'replace'] });
  }

  /** Reads all units again, as `systemctl daemon-reload` does; what only transient calls said stays. */
  async reload(): Promise<void> {
    await this.#call({ ...MANAGER, member: 'Reload', signature: '', body: [] });
  }

  /** `active`, `activating`, `inactive`, ... */
  async activeState(name: string): Promise<string> {
    const [path] = await this.#call({ ...MANAGER, member: 'GetUnit', signature: 's', body: [name] });
    const [state] = await this.#call({ destination: NAME, path: textOf(path), interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss', body: [`${NAME}.Unit`, 'ActiveState'] });
    return typeof state === 'object' && 'value' in state ? textOf(state.value) : '';
  }

  async #call(call: MethodCall): Promise<readonly DbusValue[]> {
    const socket = await this.#connection();
    const serial = ++this.#serial;
    const answer = Promise.withResolvers<Reply>();
    this.#open.set(serial, answer);
    // An open connection alone keeps no process alive; an open call does.
    socket.ref();
    socket.write(methodCall(call, serial));
    const { errorName, body } = await answer.promise.finally(() => this.#open.size === 0 && socket.unref());
    if (errorName !== undefined) throw new SystemdError(errorName.slice(errorName.lastIndexOf('.') + 1), `systemd refuses ${call.member} of ${textOf(call.body[0])}: ${textOf(body[0]) || errorName}`);
    return body;
  }

  #connection(): Promise<Socket> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /**
   * Who connects tells its user; systemd sees that it is so. The end of that is sent with it: what came together with a call would be left
   * lying until more comes.
   */
  async #connect(): Promise<Socket> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect(this.#socketPath);
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
    socket.on('error', fail).on('close', () => fail(new Error(`systemd closed the connection on ${this.#socketPath}`)));
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')}\r\nBEGIN\r\n`));
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      if (!isOpen) {
        const end = received.indexOf('\r\n');
        if (end < 0) return;
        const answer = received.toString('latin1', 0, end);
        if (!answer.startsWith('OK ')) return void socket.destroy(new Error(`systemd lets nobody in on ${this.#socketPath}: ${answer}`));
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
    for (let message = readMessage(left); message; message = readMessage(left)) {
      left = left.subarray(message.bytes);
      if (!message.reply) continue;
      this.#open.get(message.reply.replySerial)?.resolve(message.reply);
      this.#open.delete(message.reply.replySerial);
    }
    return left;
  }
}

function variants(properties: readonly UnitProperty[]): DbusValue[] {
  return properties.map(([name, signature, value]) => [name, { signature, value }]);
}
