import { deepStrictEqual } from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import { customKind } from '../customresources/custom-kind.ts';
import { requestInfo } from '../http/request-info.ts';
import { ResourceTable } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';
import { UnknownGroups } from './unknown-groups.ts';

const definition = (plural: string, scope: string) => ({
  metadata: { name: `${plural}.e.com` }, status: { acceptedNames: { kind: 'Thing', plural } },
  spec: { group: 'e.com', scope, names: { kind: 'Thing', plural }, versions: [{ name: 'v1', served: true, storage: true }] },
}) as unknown as CustomResourceDefinition;
const resources = new ResourceTable();
const unknown = new UnknownGroups(resources);
for (const [plural, scope] of [['within', 'Namespaced'], ['without', 'Cluster']] as const) resources.add(customKind(definition(plural, scope)), ['json']);

suite('paths under groups that are not built in', () => {
  const cases: readonly [method: string, path: string, isUnknown: boolean][] = [
    ['GET', '/apis/e.com/v1/namespaces/a/within', false],
    ['GET', '/apis/e.com/v1/within', false],
    ['POST', '/apis/e.com/v1/within', true],
    ['DELETE', '/apis/e.com/v1/within', true],
    ['GET', '/apis/e.com/v1/within/a', true],
    ['GET', '/apis/e.com/v1/without', false],
    ['GET', '/apis/e.com/v1/without/a', false],
    ['GET', '/apis/e.com/v1/namespaces/a/without', true],
    ['GET', '/apis/e.com/v1/namespaces/a/without/a', true],
    ['GET', '/apis/e.com/v2/without', true],
    ['GET', '/apis/e.com/v1/nowhere', true],
    ['POST', '/apis/apps/v1/deployments', false],
    ['GET', '/api/v1/nowhere', false],
  ];
  for (const [method, path, isUnknown] of cases) {
    test(`${method} ${path}`, () => {
      const answer = unknown.handle({ method, info: requestInfo(method, path, () => undefined) } as unknown as ApiRequest);
      deepStrictEqual(answer?.status, isUnknown ? 404 : undefined);
    });
  }
});
