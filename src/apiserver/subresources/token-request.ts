import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { badRequest, conflict, invalid, notFound } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { TokenRequest } from '../../api/generated/authentication-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Answer } from '../answer.ts';
import type { ServiceAccountTokens, TokenSubject } from '../authentication/service-accounts/tokens.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { optionsObject, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import { askedKey, BUILT_IN_MEDIA, keyIn, type ServedResource } from '../registry/served-resource.ts';
import { attributesOf, type Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

const API_VERSION = 'authentication.k8s.io/v1';
const MESSAGE = 'authentication.v1.TokenRequest';
const TARGET = { apiVersion: API_VERSION, kind: 'TokenRequest', message: MESSAGE, media: BUILT_IN_MEDIA };
const KIND = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const DEFAULT_SECONDS = 3600;

/** `serviceaccounts/token`: a token of the account, bound to an object if one is named. Source: pkg/registry/core/serviceaccount/storage/token.go. */
export class TokenRequestHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;
  readonly #tokens: ServiceAccountTokens;

  constructor(registry: Registry, tokens: ServiceAccountTokens) {
    this.#registry = registry;
    this.#tokens = tokens;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const registry = this.#registry;
    const { name, namespace } = request.info;
    const options = writeOptions(request, 'CreateOptions');
    const asked = (await readObject(request, TARGET, options.fieldValidation)) as unknown as TokenRequest;
    const { spec } = asked;
    spec.expirationSeconds ??= DEFAULT_SECONDS;
    if (asked.metadata.namespace && asked.metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    const context = writeContext(registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options), subresource: 'token' });
    const managed = manageFields(
      { ...context, resource: { ...resource, apiVersion: API_VERSION, isStorageVersion: true, version: { version: 'v1', message: MESSAGE }, kind: { ...resource.kind, kind: 'TokenRequest' } } },
      asked as unknown as KubeObject, undefined, options.fieldManager,
    ) as unknown as TokenRequest;
    const attributes = attributesOf(context, { operation: 'CREATE', name, object: managed as unknown as KubeObject, oldObject: undefined, kind: 'TokenRequest' });
    await registry.admission.admit(attributes);
    await registry.cacher.caughtUp();
    const account = this.#accountOf(managed, name, namespace);
    validate(managed);
    await registry.admission.validate(attributes);
    if (!managed.spec.audiences || managed.spec.audiences.length === 0) managed.spec.audiences = [...this.#tokens.apiAudiences];
    const subject = this.#subject(managed, { name, uid: account.metadata.uid }, namespace);
    const { expirationSeconds: askedSeconds = DEFAULT_SECONDS } = managed.spec;
    const expirationSeconds = this.#tokens.grantedSeconds(askedSeconds);
    if (expirationSeconds < askedSeconds) request.warnings.push(`requested expiration of ${askedSeconds} seconds shortened to ${expirationSeconds} seconds`);
    managed.spec.expirationSeconds = expirationSeconds;
    const { id, token, expiresMs } = this.#tokens.issue(subject, { audiences: managed.spec.audiences, expirationSeconds });
    attributes.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${id}`);
    const object = {
      ...managed,
      metadata: { ...managed.metadata, name, namespace, uid: account.metadata.uid, creationTimestamp: formatTime(registry.clock.now()) },
      status: { token: options.dryRun ? '' : token, expirationTimestamp: formatTime(expiresMs) },
    };
    return { status: 201, type: 'object', object, message: MESSAGE, form: outputForm(request, resource) };
  }

  /** Throws what is wrong with the account that is asked for: 422 for another name in the body, 404, or 409 for one that has been made anew. */
  #accountOf({ metadata }: TokenRequest, name: string, namespace: string): DeepReadonly<KubeObject> {
    if (metadata.name && metadata.name !== name) {
      const errors = new FieldErrors();
      errors.invalid(FieldPath.of('metadata').child('name'), metadata.name, 'must match the service account name if specified');
      throw invalid(KIND, name, errors.causes);
    }
    const account = this.#find('serviceaccounts', namespace, name);
    const { uid } = account.metadata;
    if (metadata.uid && metadata.uid !== uid) throw conflict({ group: KIND.group, resource: KIND.kind }, name, `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`);
    return account;
  }

  #find(plural: string, namespace: string, name: string): DeepReadonly<KubeObject> {
    const resource = this.#registry.resources.stored('', plural);
    const entry = this.#registry.cacher.resource(resource.prefix).get(askedKey(resource, namespace, name));
    if (!entry) throw notFound({ group: '', resource: plural }, name);
    return entry.object;
  }

  #subject(request: TokenRequest, serviceAccount: TokenSubject['serviceAccount'], namespace: string): TokenSubject {
    const { boundObjectRef: bound } = request.spec;
    if (!bound) return { namespace, serviceAccount };
    const { kind = '', apiVersion = '', name = '', uid } = bound;
    // Of the core group any version does.
    const plural = apiVersion.includes('/') ? undefined : { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
    if (plural === undefined) throw badRequest(`cannot bind token to object of type ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`);
    const object = this.#find(plural, namespace, name);
    const { spec } = object as DeepReadonly<Pod>;
    if (plural === 'pods' && spec.serviceAccountName !== serviceAccount.name) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(serviceAccount.name)} to pod running with different serviceaccount name.`);
    if (uid && uid !== object.metadata.uid) {
      const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict({ group: '', resource: kind }, name, why);
    }
    const reference = { name, uid: object.metadata.uid };
    if (plural === 'secrets') return { namespace, serviceAccount, secret: reference };
    if (plural === 'nodes') return { namespace, serviceAccount, node: reference };
    return { namespace, serviceAccount, pod: reference, ...this.#nodeOf(spec.nodeName) };
  }

  /** Tokens of pods also name the node: what is stolen from one shows where. */
  #nodeOf(name: string | undefined): Pick<TokenSubject, 'node'> {
    if (!name) return {};
    const nodes = this.#registry.resources.stored('', 'nodes');
    const entry = this.#registry.cacher.resource(nodes.prefix).get(keyIn(nodes, '', name));
    return { node: { name, uid: entry?.object.metadata.uid ?? '' } };
  }
}

function validate({ spec }: TokenRequest): void {
  const errors = new FieldErrors();
  const path = FieldPath.of('spec').child('expirationSeconds');
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  if (seconds < 600) errors.invalid(path, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > 2 ** 32) errors.invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds');
  if (errors.causes.length > 0) throw invalid(KIND, '', errors.causes);
}
