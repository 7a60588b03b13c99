import { watch } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { GrpcConnection } from '../../runtime/cri/grpc-connection.ts';
import { defineMessages } from '../../runtime/cri/message-codec.ts';
import type { Plugin, PluginHandler } from './plugin.ts';

/** Source: k8s.io/kubelet, pluginregistration/v1. */
const messages = defineMessages({}, {
  InfoRequest: ``,
  PluginInfo: `
    type 1 string
    name 2 string
    endpoint 3 string
    supportedVersions 4 []string`,
  RegistrationStatus: `
    pluginRegistered 1 bool
    error 2 string`,
  RegistrationStatusResponse: ``,
});
const GET_INFO = { path: '/pluginregistration.Registration/GetInfo', table: messages, request: 'InfoRequest', response: 'PluginInfo' };
const NOTIFY = { path: '/pluginregistration.Registration/NotifyRegistrationStatus', table: messages, request: 'RegistrationStatus', response: 'RegistrationStatusResponse' };

const CALL_MS = 10_000;
/** What has not worked is tried again after this; what works is looked at again after that, should the file system not tell. */
const RETRY_MS = 1000;
const RESCAN_MS = 20_000;

interface Known {
  /** Tells a socket from another of the same name that came later. */
  readonly identity: string;
  readonly plugin: Plugin;
  readonly handler: PluginHandler;
}

export interface PluginRegistryOptions {
  /** `plugins_registry` of the kubelet's folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By type. */
  readonly handlers: ReadonlyMap<string, PluginHandler>;
}

/** Finds the sockets that plugins put into a folder, asks each what it is, hands it to who works with its type, and tells it what came of that. Source: pkg/kubelet/pluginmanager. */
export class PluginRegistry {
  readonly #options: PluginRegistryOptions;
  readonly #known = new Map<string, Known>();
  readonly #refused = new Map<string, string>();

  constructor(options: PluginRegistryOptions) {
    this.#options = options;
  }

  /** Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { folder, clock } = this.#options;
    await mkdir(folder, { recursive: true });
    let changed = Promise.withResolvers<void>();
    const watcher = watch(folder, () => changed.resolve());
    watcher.on('error', () => changed.resolve());
    signal.addEventListener('abort', () => changed.resolve(), { once: true });
    try {
      while (!signal.aborted) {
        const isComplete = await this.#scan(signal);
        using _rescan = clock.after(isComplete ? RESCAN_MS : RETRY_MS, () => changed.resolve());
        await changed.promise;
        changed = Promise.withResolvers<void>();
      }
    } finally {
      watcher.close();
    }
  }

  /** Whether everything that is there is registered. */
  async #scan(signal: AbortSignal): Promise<boolean> {
    const sockets = await this.#sockets();
    for (const [path, known] of this.#known) {
      if (sockets.get(path) === known.identity) continue;
      this.#known.delete(path);
      await this.#deregister(known, signal);
    }
    for (const path of this.#refused.keys()) if (!sockets.has(path)) this.#refused.delete(path);
    let isComplete = true;
    for (const [path, identity] of sockets) if (!this.#known.has(path)) isComplete = (await this.#register(path, identity, signal)) && isComplete;
    return isComplete;
  }

  async #sockets(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const entry of await readdir(this.#options.folder, { withFileTypes: true, recursive: true })) {
      if (entry.name.startsWith('.') || !entry.isSocket()) continue;
      const path = join(entry.parentPath, entry.name);
      const stats = await stat(path).catch(() => undefined);
      if (stats) found.set(path, `${stats.ino}/${stats.ctimeMs}`);
    }
    return found;
  }

  async #register(path: string, identity: string, signal: AbortSignal): Promise<boolean> {
    const { clock, logger, handlers } = this.#options;
    await using connection = new GrpcConnection(`unix:${path}`);
    const limit = { clock, ms: CALL_MS };
    try {
      const { type, name, endpoint, supportedVersions } = (await connection.call(GET_INFO, {}, signal, limit)) as unknown as Plugin;
      const plugin = { type, name, endpoint: endpoint || path, supportedVersions };
      const handler = handlers.get(type);
      if (!handler) throw new Error(`no handler registered for plugin type: ${type} at socket ${path}`);
      await handler.register(plugin, signal);
      this.#known.set(path, { identity, plugin, handler });
      this.#refused.delete(path);
      logger.info('a plugin has registered', { type, name, endpoint: plugin.endpoint });
      await connection.call(NOTIFY, { pluginRegistered: true }, signal, limit);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      const { message } = error as Error;
      if (this.#known.has(path)) return true; // it does not care what came of it
      if (this.#refused.get(path) !== message) logger.warn('a plugin was not registered', { socket: path, error: message });
      this.#refused.set(path, message);
      await connection.call(NOTIFY, { pluginRegistered: false, error: message }, signal, limit).catch(() => undefined);
      return false;
    }
  }

  async #deregister({ plugin, handler }: Known, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    logger.info('a plugin has gone', { type: plugin.type, name: plugin.name });
    await handler.deregister(plugin, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      logger.warn('a plugin that has gone was not cleared away', { name: plugin.name, error: (error as Error).message });
    });
  }
}
