import type { ConfigMap, Secret } from '../../api/generated/core-v1.ts';
import { configMaps, secrets } from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import { BOOTSTRAP_TOKENS } from '../bootstrap-token.ts';
import type { ControllerContext } from '../context.ts';
import { planClusterInfo } from './plan.ts';

const KEY = 'kube-public/cluster-info';

/** Signs the ConfigMap by which a machine that joins with a token learns the cluster's CA. */
export class BootstrapSigner extends Controller {
  readonly #client: Client;
  readonly #configMaps: Lister<ConfigMap>;
  readonly #tokens: Lister<Secret>;

  constructor(context: ControllerContext) {
    super({ name: 'bootstrap-signer-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    const info = context.informers.informer(configMaps, { namespace: 'kube-public', fieldSelector: 'metadata.name=cluster-info' });
    this.#configMaps = this.watch(info, () => [KEY]).lister;
    this.#tokens = this.watch(context.informers.informer(secrets, BOOTSTRAP_TOKENS), () => [KEY]).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const info = this.#configMaps.get(key);
    const data = info && planClusterInfo(info, this.#tokens.list(), this.clock.now());
    if (data) await this.#client.resource(configMaps, 'kube-public').update({ ...info, data }, { signal });
  }
}
