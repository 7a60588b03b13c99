import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { DbusConnection } from '../dbus/dbus-connection.ts';
import type { DbusMessage, MethodCall } from '../dbus/dbus-message.ts';

export interface LogindOptions {
  /** `/run/dbus/system_bus_socket` */
  readonly busSocket: string;
  /** Where logind reads what is set beside its own file: `/etc/systemd/logind.conf.d`. */
  readonly configurationDir: string;
}

const LOGIND = { destination: 'org.freedesktop.login1', path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager' } as const;
const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' } as const;
const HELLO: MethodCall = { ...BUS, member: 'Hello', signature: '', body: [] };
const SIGHUP = 1;
/** The kubelet's, so that what looks for it finds it. */
const CONFIGURATION = '99-kubelet.conf';
const POLL_MS = 50;
const RELOADED_MS = 10_000;

/** The part of systemd that shuts the machine down, over one connection to the system's bus. Source: "Inhibitor Locks"; org.freedesktop.login1(5). */
export class Logind implements Disposable {
  readonly #options: LogindOptions;
  readonly #clock: Clock;
  readonly #bus: DbusConnection;

  /** `onShutdown`: the machine is about to be shut down, or (false) is not after all. */
  constructor(options: LogindOptions, { clock, onShutdown, onClose }: { readonly clock: Clock; readonly onShutdown: (isComing: boolean) => void; readonly onClose: () => void }) {
    this.#options = options;
    this.#clock = clock;
    const onMessage = ({ type, interface: of, member, body }: DbusMessage): void => {
      if (type === 'signal' && of === LOGIND.interface && member === 'PrepareForShutdown') onShutdown(body[0] === 1);
    };
    this.#bus = new DbusConnection({ socketPath: options.busSocket, peer: 'logind', onMessage, onClose });
  }

  [Symbol.dispose](): void {
    this.#bus[Symbol.dispose]();
  }

  /** Others could tell of a shutdown too; only logind is believed. */
  async open(): Promise<void> {
    await this.#bus.call(HELLO);
    const rule = `type='signal',sender='${LOGIND.destination}',path='${LOGIND.path}',interface='${LOGIND.interface}',member='PrepareForShutdown'`;
    await this.#bus.call({ ...BUS, member: 'AddMatch', signature: 's', body: [rule] });
  }

  /** logind waits for nobody longer than it is set to: it is set to `seconds` where that is less. Throws Error when it does not take it. */
  async allowDelay(seconds: number, signal: AbortSignal): Promise<void> {
    if ((await this.#delaySeconds()) >= seconds) return;
    const { configurationDir } = this.#options;
    await mkdir(configurationDir, { recursive: true });
    await writeFile(join(configurationDir, CONFIGURATION), `# So that pods have their time to end (--shutdown-grace-period).\n[Login]\nInhibitDelayMaxSec=${seconds}\n`);
    const reload = { destination: 'org.freedesktop.systemd1', path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager', member: 'KillUnit' };
    await this.#bus.call({ ...reload, signature: 'ssi', body: ['systemd-logind.service', 'all', SIGHUP] });
    for (const startMs = this.#clock.monotonic(); (await this.#delaySeconds()) < seconds;) {
      if (this.#clock.monotonic() - startMs > RELOADED_MS) throw new Error(`logind waits ${await this.#delaySeconds()} s at most for a shutdown, pods are to have ${seconds} s: set InhibitDelayMaxSec in logind.conf`);
      await this.#clock.sleep(POLL_MS, signal);
    }
  }

  async #delaySeconds(): Promise<number> {
    const { destination, path } = LOGIND;
    const [delay] = await this.#bus.call({ destination, path, interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss', body: [LOGIND.interface, 'InhibitDelayMaxUSec'] });
    return typeof delay === 'object' && 'value' in delay ? Number(delay.value) / 1e6 : 0;
  }
}
