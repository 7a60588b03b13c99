/** `/statusz` and `/flagz`: how the server runs, for people; as objects of `config.k8s.io/v1alpha1` for those who ask. Source: KEP-4827, KEP-4828; the documentation page "Kubernetes z-pages". */
import { formatTime } from '../../apimachinery/time.ts';
import { failure } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Answer } from '../answer.ts';
import { methodNotAllowed, type PathHandler } from '../handlers/dispatcher.ts';
import { KUBERNETES_VERSION } from '../metrics/server-paths.ts';
import { headerOf, type ApiRequest } from '../request.ts';

const COMPONENT = 'kube-apiserver';
const WARNING = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.';
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Page {
  readonly kind: 'Statusz' | 'Flagz';
  text(): string;
  fields(): object;
}

export interface ZPagesOptions {
  readonly clock: Clock;
  /** What the server was started with, by the names of the flags. */
  readonly flags: Readonly<Record<string, string>>;
  /** What `/` tells of, but for resources. */
  readonly paths: () => readonly string[];
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `Wed Oct 16 21:03:43 UTC 2024`. */
function unixDate(ms: number): string {
  const at = new Date(ms);
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${DAYS[at.getUTCDay()] ?? ''} ${MONTHS[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)} ${time} UTC ${at.getUTCFullYear()}`;
}

/** What a client that wants an object asks for; undefined: text is fine. Throws StatusError for anything else. */
function wantsObject(accept: string | undefined, kind: string): boolean {
  if (accept === undefined || accept === '') return false;
  for (const one of accept.split(',')) {
    const [media = '', ...parameters] = one.split(';').map((part) => part.trim());
    if (media === 'text/plain' || media === 'text/*' || media === '*/*') return false;
    const given = Object.fromEntries(parameters.map((part) => part.split('=', 2) as [string, string]));
    if (media === 'application/json' && given['g'] === 'config.k8s.io' && given['v'] === 'v1alpha1' && given['as'] === kind) return true;
  }
  throw failure(406, 'NotAcceptable', `only the following media types are accepted: text/plain, application/json;v=v1alpha1;g=config.k8s.io;as=${kind}`, {});
}

export class ZPages implements PathHandler {
  readonly #options: ZPagesOptions;
  readonly #startMs: number;
  readonly #pages: ReadonlyMap<string, Page>;

  constructor(options: ZPagesOptions) {
    this.#options = options;
    this.#startMs = options.clock.now();
    this.#pages = new Map<string, Page>([
      ['/statusz', { kind: 'Statusz', text: () => this.#statusText(), fields: () => this.#status() }],
      ['/flagz', { kind: 'Flagz', text: () => this.#flagsText(), fields: () => ({ flags: options.flags }) }],
    ]);
  }

  get paths(): string[] {
    return [...this.#pages.keys()];
  }

  handle(request: ApiRequest): Answer | undefined {
    const page = this.#pages.get(request.info.path);
    if (!page) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    if (!wantsObject(headerOf(request, 'accept'), page.kind)) {
      return { status: 200, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(`${COMPONENT} ${page.kind.toLowerCase()}\n${WARNING}\n\n${page.text()}`) };
    }
    const object = { kind: page.kind, apiVersion: 'config.k8s.io/v1alpha1', metadata: { name: COMPONENT }, ...page.fields() };
    return { status: 200, type: 'bytes', contentType: 'application/json', bytes: Buffer.from(`${JSON.stringify(object)}\n`) };
  }

  get #uptimeSeconds(): number {
    return Math.max(0, Math.floor((this.#options.clock.now() - this.#startMs) / 1000));
  }

  #paths(): string[] {
    return [...new Set(this.#options.paths().map((path) => `/${path.split('/')[1] ?? ''}`))].sort();
  }

  #status(): object {
    return {
      startTime: formatTime(this.#startMs), uptimeSeconds: this.#uptimeSeconds, goVersion: KUBERNETES_VERSION.goVersion, binaryVersion: KUBERNETES_VERSION.gitVersion.slice(1),
      emulationVersion: `${KUBERNETES_VERSION.emulationMajor}.${KUBERNETES_VERSION.emulationMinor}`, paths: this.#paths(),
    };
  }

  #statusText(): string {
    const seconds = this.#uptimeSeconds;
    const lines = [
      `Started: ${unixDate(this.#startMs)}`, `Up: ${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`, `Go version: ${KUBERNETES_VERSION.goVersion}`,
      `Binary version: ${KUBERNETES_VERSION.gitVersion.slice(1)}`, `Emulation version: ${KUBERNETES_VERSION.emulationMajor}.${KUBERNETES_VERSION.emulationMinor}`, `Paths: ${this.#paths().join(' ')}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  #flagsText(): string {
    return Object.entries(this.#options.flags).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}\n`).join('');
  }
}
