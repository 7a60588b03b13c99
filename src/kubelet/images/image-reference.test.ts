import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageNameProblem, repositoryOf } from './image-reference.ts';

for (const { image, expected } of [
  { image: 'busybox', expected: undefined },
  { image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', expected: undefined },
  { image: 'localhost:5000/a/b__c--d.e:v1.0_x', expected: undefined },
  { image: '[2001:db8::1]:5000/repo', expected: undefined },
  { image: 'UPPER.example/repo', expected: undefined },
  { image: `repo@sha256:${'a'.repeat(64)}`, expected: undefined },
  { image: 'Busybox', expected: 'invalid reference format: repository name (library/Busybox) must be lowercase' },
  { image: 'UPPER///bad', expected: 'invalid reference format' },
  { image: 'a b', expected: 'invalid reference format' },
  { image: '', expected: 'invalid reference format' },
  { image: 'repo:', expected: 'invalid reference format' },
  { image: '-repo', expected: 'invalid reference format' },
  { image: 'a'.repeat(64), expected: `invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings` },
  { image: 'a/'.repeat(130) + 'a', expected: 'repository name must not be more than 255 characters' },
]) test(`image name ${JSON.stringify(image).slice(0, 60)}: ${expected ?? 'is one'}`, () => assert.equal(imageNameProblem(image), expected));

for (const { image, expected } of [
  { image: 'busybox', expected: 'docker.io/library/busybox' },
  { image: 'docker.io/busybox:1', expected: 'docker.io/library/busybox' },
  { image: 'team/app:v1', expected: 'docker.io/team/app' },
  { image: 'localhost:5000/a/b:v1', expected: 'localhost:5000/a/b' },
  { image: `registry.test:5000/a@sha256:${'a'.repeat(64)}`, expected: 'registry.test:5000/a' },
]) test(`the repository of ${image.slice(0, 40)}`, () => assert.equal(repositoryOf(image), expected));
