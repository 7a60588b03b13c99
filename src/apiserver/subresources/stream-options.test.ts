import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Query } from '../request.ts';
import { kubeletQuery, streamOptions } from './stream-options.ts';

for (const { subresource, query, options, kubelet } of [
  { subresource: 'exec', query: 'command=sh&command=-c&stdin=true&stdout=1&tty=false&container=c', options: { kind: 'PodExecOptions', stdin: true, stdout: true, container: 'c', command: ['sh', '-c'] }, kubelet: 'input=1&output=1&command=sh&command=-c' },
  { subresource: 'exec', query: 'command=id&stdin=False&stdout=True&stderr=True&tty=0', options: { kind: 'PodExecOptions', stdout: true, stderr: true, command: ['id'] }, kubelet: 'output=1&error=1&command=id' },
  { subresource: 'attach', query: 'stdin&tty=', options: { kind: 'PodAttachOptions', stdin: true, tty: true }, kubelet: 'input=1&tty=1' },
  { subresource: 'portforward', query: 'ports=80,81&ports=90', options: { kind: 'PodPortForwardOptions', ports: [80, 81, 90] }, kubelet: 'port=80%2C81&port=90' },
  { subresource: 'portforward', query: '', options: { kind: 'PodPortForwardOptions' }, kubelet: '' },
]) {
  test(`${subresource} with ${query || 'no query'}`, () => {
    assert.deepEqual(streamOptions(subresource, Query.parse(query)), options);
    assert.equal(kubeletQuery(subresource, Query.parse(query)).toString(), kubelet);
  });
}
