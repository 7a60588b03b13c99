import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DbusConnection } from '../../../src/kubelet/dbus/dbus-connection.ts';
import { type DbusMessage, type DbusValue, textOf } from '../../../src/kubelet/dbus/dbus-message.ts';
import type { LogindOptions } from '../../../src/kubelet/shutdown/logind.ts';
import { until } from '../../support/until.ts';

const LOGIND = ['/usr/lib/systemd/systemd-logind', '/lib/systemd/systemd-logind'].find((path) => existsSync(path));

/** Whether a logind is here that could be started, with a bus to talk over; neither need run. */
export const hasLogind: boolean = LOGIND !== undefined && ['dbus-daemon', 'systemd-inhibit'].every((name) => existsSync(`/usr/bin/${name}`)) && process.getuid?.() === 0;

/** What it keeps, and how it is set, is its own. */
const START = `set -e
mount --make-rslave /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount -t tmpfs tmpfs /etc/systemd
mkdir /etc/systemd/logind.conf.d
mount --bind "$FOLDER/logind.conf.d" /etc/systemd/logind.conf.d
exec "$LOGIND"
`;
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=SOCKET</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

/** A logind with a bus of its own, on which systemd itself is played: it shuts nothing down. */
export interface LogindBox extends AsyncDisposable {
  readonly options: LogindOptions;
  /** Who holds shutdowns up. */
  inhibitors(): Promise<string[]>;
  /** As `systemctl poweroff`. */
  powerOff(): Promise<void>;
}

/** `startUnit`: what logind has systemd start once nobody holds the shutdown up any more; it is told that this failed. */
export async function startLogind(startUnit: (name: string) => Promise<void>): Promise<LogindBox> {
  const folder = await mkdtemp(join(tmpdir(), 'logind-'));
  const options = { busSocket: join(folder, 'bus'), configurationDir: join(folder, 'logind.conf.d') };
  await mkdir(options.configurationDir);
  await writeFile(join(folder, 'bus.conf'), BUS.replace('SOCKET', options.busSocket));
  const bus = spawn('dbus-daemon', [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--nopidfile'], { stdio: 'ignore' });
  await until('the bus is there', async () => existsSync(options.busSocket));
  const logind = spawn('unshare', ['--mount', 'sh', '-c', START], { env: { ...process.env, LOGIND, FOLDER: folder, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${options.busSocket}` }, stdio: 'ignore' });
  const systemd = playSystemd(options.busSocket, { startUnit, reload: () => logind.kill('SIGHUP') });
  await systemd.call({ ...DBUS, member: 'Hello', signature: '', body: [] });
  await systemd.call({ ...DBUS, member: 'RequestName', signature: 'su', body: ['org.freedesktop.systemd1', 0] });
  const manager = { destination: 'org.freedesktop.login1', path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager' };
  const hasName = async (): Promise<boolean> => (await systemd.call({ ...DBUS, member: 'NameHasOwner', signature: 's', body: [manager.destination] }))[0] === 1;
  await until('logind is there', hasName);
  return {
    options,
    async inhibitors() {
      const [all] = await systemd.call({ ...manager, member: 'ListInhibitors', signature: '', body: [] });
      return (all as DbusValue[][]).map((one) => one.slice(0, 4).map(textOf).join('|'));
    },
    async powerOff() {
      await systemd.call({ ...manager, member: 'PowerOff', signature: 'b', body: [false] });
    },
    async [Symbol.asyncDispose]() {
      systemd[Symbol.dispose]();
      for (const child of [logind, bus]) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const DBUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };

function playSystemd(socketPath: string, acts: { startUnit(name: string): Promise<void>; reload(): unknown }): DbusConnection {
  const answer = async ({ member, body }: DbusMessage): Promise<Partial<DbusMessage>> => {
    if (member === 'Get' && body[1] === 'LoadState') return { signature: 'v', body: [{ signature: 's', value: 'loaded' }] };
    if (member === 'KillUnit') acts.reload();
    if (member === 'StartUnit') {
      await acts.startUnit(textOf(body[0]));
      return { type: 'error', errorName: 'org.freedesktop.systemd1.Played', signature: 's', body: ['nothing is shut down here'] };
    }
    return {};
  };
  const connection: DbusConnection = new DbusConnection({
    socketPath, peer: 'the bus',
    onMessage: (message) => {
      if (message.type !== 'call') return;
      void answer(message).then((reply) => connection.send({ type: 'return', replySerial: message.serial, body: [], ...(message.sender && { destination: message.sender }), ...reply }));
    },
  });
  return connection;
}
