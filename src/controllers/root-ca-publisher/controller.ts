import type { ConfigMap, Namespace } from '../../api/generated/core-v1.ts';
import { configMaps, namespaces } from '../../api/refs.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION_KEY = 'kubernetes.io/description';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Every namespace has the ConfigMap with the cluster's CA, for pods to mount. */
export class RootCAPublisher extends Controller {
  readonly #client: Client;
  readonly #rootCA: string;
  readonly #namespaces: Lister<Namespace>;
  readonly #configMaps: Lister<ConfigMap>;

  constructor(context: ControllerContext) {
    super({ name: 'root-ca-certificate-publisher-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#rootCA = context.options.rootCA;
    this.#namespaces = this.watch(context.informers.informer(namespaces), ({ metadata }) => [metadata.name]).lister;
    const own = context.informers.informer(configMaps, { fieldSelector: `metadata.name=${NAME}` });
    this.#configMaps = this.watch(own, ({ metadata }) => [metadata.namespace ?? '']).lister;
  }

  protected async reconcile(namespace: string, signal: AbortSignal): Promise<undefined> {
    if (this.#namespaces.get(namespace)?.status.phase !== 'Active') return;
    const resource = this.#client.resource(configMaps, namespace);
    const data = { 'ca.crt': this.#rootCA };
    const known = this.#configMaps.get(`${namespace}/${NAME}`);
    if (!known) {
      try {
        await resource.create({ metadata: { name: NAME, namespace, annotations: { [DESCRIPTION_KEY]: DESCRIPTION } }, data }, { signal });
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
      return;
    }
    const isRight = known.data?.['ca.crt'] === this.#rootCA && Object.keys(known.data).length === 1 && known.metadata.annotations?.[DESCRIPTION_KEY] === DESCRIPTION;
    if (isRight) return;
    const annotations = { ...known.metadata.annotations, [DESCRIPTION_KEY]: DESCRIPTION };
    await resource.update({ ...known, metadata: { ...known.metadata, annotations }, data }, { signal });
  }
}
