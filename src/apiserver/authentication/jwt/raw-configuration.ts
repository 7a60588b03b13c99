import { parseDocument } from 'yaml';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { unknownFields, type Shape } from '../../../apimachinery/strict-fields.ts';

/** An AuthenticationConfiguration as it is written. Source: "kube-apiserver Configuration (v1)". */
export interface RawConfiguration {
  readonly jwt?: readonly RawIssuer[];
  readonly anonymous?: { readonly enabled?: boolean; readonly conditions?: readonly { readonly path?: string }[] };
}

export interface RawMapping {
  readonly claim?: string;
  readonly prefix?: string | null;
  readonly expression?: string;
}

export interface RawRule {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

export interface RawIssuer {
  readonly issuer?: {
    readonly url?: string;
    readonly discoveryURL?: string;
    readonly certificateAuthority?: string;
    readonly audiences?: readonly string[];
    readonly audienceMatchPolicy?: string;
    readonly egressSelectorType?: string;
  };
  readonly claimValidationRules?: readonly RawRule[];
  readonly claimMappings?: { readonly username?: RawMapping; readonly groups?: RawMapping; readonly uid?: RawMapping; readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[] };
  readonly userValidationRules?: readonly { readonly expression?: string; readonly message?: string }[];
}

const MAPPING: Shape = { claim: true, prefix: true, expression: true };
const SHAPE: Shape = {
  apiVersion: true, kind: true,
  jwt: [{
    issuer: { url: true, discoveryURL: true, certificateAuthority: true, audiences: true, audienceMatchPolicy: true, egressSelectorType: true },
    claimValidationRules: [{ claim: true, requiredValue: true, expression: true, message: true }],
    claimMappings: { username: MAPPING, groups: MAPPING, uid: { claim: true, expression: true }, extra: [{ key: true, valueExpression: true }] },
    userValidationRules: [{ expression: true, message: true }],
  }],
  anonymous: { enabled: true, conditions: [{ path: true }] },
};
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);

/** Reads the text. Throws Error for what is no AuthenticationConfiguration, and for fields that it has not. */
export function readRawConfiguration(text: string): RawConfiguration {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new Error(`no valid YAML: ${mistake.message.split('\n')[0]}`);
  const raw: unknown = document.toJS();
  if (!isObject(raw) || raw['kind'] !== 'AuthenticationConfiguration' || !VERSIONS.includes(String(raw['apiVersion']))) throw new Error('must be an AuthenticationConfiguration of apiserver.config.k8s.io/v1');
  const unknown = unknownFields(raw, SHAPE);
  if (unknown.length > 0) throw new Error(`strict decoding error: ${unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ')}`);
  return raw as RawConfiguration;
}
