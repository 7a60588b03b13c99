import { DbusConnection } from '../../dbus/dbus-connection.ts';
import { type DbusValue, textOf } from '../../dbus/dbus-message.ts';

/** Where systemd takes calls of root without a bus in between. */
export const SYSTEMD_SOCKET = '/run/systemd/private';
const NAME = 'org.freedesktop.systemd1';
const MANAGER = { destination: NAME, path: '/org/freedesktop/systemd1', interface: `${NAME}.Manager` } as const;

export type UnitProperty = readonly [name: string, signature: string, value: DbusValue];

/** systemd. */
export class SystemdClient implements Disposable {
  readonly #connection: DbusConnection;

  constructor(socketPath: string) {
    this.#connection = new DbusConnection({ socketPath, peer: 'systemd' });
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Starts a unit that is not in a file. Throws `DbusError`, also with reason `UnitExists`. */
  async startTransientUnit(name: string, properties: readonly UnitProperty[]): Promise<void> {
    await this.#connection.call({ ...MANAGER, member: 'StartTransientUnit', signature: 'ssa(sv)a(sa(sv))', body: [name, 'replace', variants(properties), []] });
  }

  /** Until the next start of the machine. */
  async setUnitProperties(name: string, properties: readonly UnitProperty[]): Promise<void> {
    await this.#connection.call({ ...MANAGER, member: 'SetUnitProperties', signature: 'sba(sv)', body: [name, true, variants(properties)] });
  }

  async stopUnit(name: string): Promise<void> {
    await this.#connection.call({ ...MANAGER, member: 'StopUnit', signature: 'ss', body: [name, 'replace'] });
  }

  /** Reads all units again, as `systemctl daemon-reload` does; what only transient calls said stays. */
  async reload(): Promise<void> {
    await this.#connection.call({ ...MANAGER, member: 'Reload', signature: '', body: [] });
  }

  /** `active`, `activating`, `inactive`, ... */
  async activeState(name: string): Promise<string> {
    const [path] = await this.#connection.call({ ...MANAGER, member: 'GetUnit', signature: 's', body: [name] });
    const [state] = await this.#connection.call({ destination: NAME, path: textOf(path), interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss', body: [`${NAME}.Unit`, 'ActiveState'] });
    return typeof state === 'object' && 'value' in state ? textOf(state.value) : '';
  }
}

function variants(properties: readonly UnitProperty[]): DbusValue[] {
  return properties.map(([name, signature, value]) => [name, { signature, value }]);
}
