/** What Kubernetes' conformance suite asks of kubectl (sig-cli), with stock kubectl and with the package's own, on simulated nodes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { unless } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { TestCluster, whyNoKubectl } from './support/cluster.ts';

const why = whyNoKubectl();
const skip = unless(why === undefined, why ?? '');
let cluster: TestCluster;

before(async () => {
  if (skip) return;
  cluster = await TestCluster.create('suite');
  await cluster.up('--nodes', '1', '--runtime', 'simulated');
});

after(async () => {
  if (!skip) await cluster[Symbol.asyncDispose]();
});

const controller = (name: string, labels: string, image: string): string => `{"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"${name}"},"spec":{"replicas":1,"selector":${labels},"template":{"metadata":{"labels":${labels}},"spec":{"containers":[{"name":"${name}","image":"${image}","ports":[{"name":"port","containerPort":6379}]}]}}}}`;
/** Of the suite's update demo: whether the container of that name runs. */
const RUNNING = '{{if (exists . "status" "containerStatuses")}}{{range .status.containerStatuses}}{{if (and (eq .name "update-demo") (exists . "state" "running"))}}true{{end}}{{end}}{{end}}';
const IMAGE = '{{if (exists . "spec" "containers")}}{{range .spec.containers}}{{if eq .name "update-demo"}}{{.image}}{{end}}{{end}}{{end}}';

for (const [program, name] of [['kubectl', 'stock'], ['node $KUBETS kubectl', 'ours']] as const) {
  describe(`${name} kubectl`, { skip }, () => {
    const namespace = `kubectl-${name}`;

    /** A line of a shell in which `K` is kubectl in the namespace; fails unless it succeeds. */
    async function shell(line: string): Promise<string> {
      const { code, stdout, stderr } = await cluster.shell(line.replaceAll(/\bK /g, `${program} -n ${namespace} `));
      assert.equal(code, 0, `${line}: ${stderr}`);
      return stdout;
    }

    const has = (text: string, needles: readonly string[]): void => {
      for (const needle of needles) assert.ok(text.includes(needle), `${JSON.stringify(needle)} is not in:\n${text}`);
    };

    before(() => shell(`${program} create namespace ${namespace}`));

    test('Update Demo should create and stop a replication controller; should scale a replication controller', async () => {
      await shell(`echo '${controller('update-demo', '{"name":"update-demo","version":"nautilus"}', 'example/nautilus:1')}' | K create -f -`);
      const pods = async (count: number): Promise<string[]> => {
        let names: string[] = [];
        await until(`${count} pods run`, async () => {
          names = (await shell(`K get pods -o template --template='{{range .items}}{{.metadata.name}} {{end}}' -l name=update-demo`)).trim().split(' ').filter((one) => one !== '');
          if (names.length !== count) return false;
          const states = await Promise.all(names.map((pod) => shell(`K get pods ${pod} -o template --template='${RUNNING}'`)));
          return states.every((state) => state === 'true');
        });
        return names;
      };
      const [pod = ''] = await pods(1);
      assert.equal(await shell(`K get pods ${pod} -o template --template='${IMAGE}'`), 'example/nautilus:1');
      await shell('K scale rc update-demo --replicas=3 --timeout=5m');
      await pods(3);
      await shell('K scale rc update-demo --replicas=1 --timeout=5m');
      await pods(1);
      has(await shell(`echo '${controller('update-demo', '{"name":"update-demo"}', 'x')}' | K delete --grace-period=0 --force -f -`), ['replicationcontroller "update-demo" force deleted']);
      assert.equal(await shell('K get rc,svc -l name=update-demo --no-headers'), '');
      await until('its pods are gone', async () => (await shell(`K get pods -l name=update-demo -o go-template='{{ range .items }}{{ if not .metadata.deletionTimestamp }}{{ .metadata.name }}{{ "\\n" }}{{ end }}{{ end }}'`)) === '');
    });

    test('Kubectl describe should check if kubectl describe prints relevant information for rc and pods; expose should create services for rc', async () => {
      await shell(`echo '${controller('agnhost-primary', '{"app":"agnhost","role":"primary"}', 'example/agnhost:1')}' | K create -f -`);
      await shell(`echo '{"apiVersion":"v1","kind":"Service","metadata":{"name":"agnhost-primary","labels":{"app":"agnhost","role":"primary"}},"spec":{"ports":[{"port":6379,"targetPort":"port"}],"selector":{"app":"agnhost","role":"primary"}}}' | K create -f -`);
      await until('its controller tells of a ready pod', async () => (await shell("K get rc agnhost-primary -o jsonpath='{.status.readyReplicas}'")) === '1');
      const pod = await shell("K get pods -l app=agnhost -o jsonpath='{.items[0].metadata.name}'");
      has(await shell(`K describe pod ${pod}`), ['Name:', 'Namespace:', 'Node:', 'Labels:', 'app=agnhost', 'role=primary', 'Annotations:', 'Status:', 'Running', 'IP:', 'Controlled By:', 'ReplicationController/agnhost-primary', 'Image:', 'example/agnhost:1', 'State:', 'QoS Class:', 'BestEffort']);
      has(await shell('K describe rc agnhost-primary'), ['Name:', 'agnhost-primary', 'Namespace:', namespace, 'Selector:', 'app=agnhost,role=primary', 'Labels:', 'Annotations:', 'Replicas:', '1 current', '1 desired', 'Pods Status:', '1 Running', '0 Waiting', '0 Succeeded', '0 Failed', 'Pod Template:', 'Image:', 'Events:']);
      has(await shell('K describe service agnhost-primary'), ['Name:', 'agnhost-primary', 'Namespace:', 'Labels:', 'app=agnhost', 'Selector:', 'app=agnhost,role=primary', 'Type:', 'ClusterIP', 'IP:', 'Port:', '<unset>', '6379/TCP', 'Endpoints:', 'Session Affinity:', 'None']);
      const node = await shell(`K get pod ${pod} -o jsonpath='{.spec.nodeName}'`);
      has(await shell(`K describe node ${node}`), ['Name:', node, 'Labels:', 'Annotations:', 'CreationTimestamp:', 'Conditions:', 'Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message', 'Addresses:', 'Capacity:', 'Version', 'Kernel Version:', 'OS Image:', 'Container Runtime Version:', 'Kubelet Version:', 'Kube-Proxy Version:', 'Pods:']);
      has(await shell(`K describe namespace ${namespace}`), ['Name:', namespace, 'Labels:', 'Annotations:', 'Status:', 'Active']);
      await shell('K create cronjob often --image=example/x --schedule="0 0 1 1 *" -- true');
      has(await shell('K describe cronjob often'), ['Name:', 'Namespace:', 'Labels:', 'Annotations:', 'Schedule:', 'Concurrency Policy:', 'Suspend:', 'Starting Deadline Seconds:', 'Selector:', 'Parallelism:', 'Completions:', 'Pod Template:', 'Image:', 'Last Schedule Time:', 'Active Jobs:', 'Events:']);
      const exposed = async (service: string, port: number): Promise<void> => {
        await until(`${service} has endpoints`, async () => (await shell(`K get endpoints ${service} -o jsonpath='{.subsets[*].ports[*].port}' 2>/dev/null || true`)) === String(6379));
        assert.equal(await shell(`K get service ${service} -o jsonpath='{.spec.ports[0].port} {.spec.ports[0].targetPort}'`), `${port} 6379`);
      };
      await shell('K expose rc agnhost-primary --name=rm2 --port=1234 --target-port=6379');
      await exposed('rm2', 1234);
      await shell('K expose service rm2 --name=rm3 --port=2345 --target-port=6379');
      await exposed('rm3', 2345);
      await shell("K patch pod -p '{\"metadata\":{\"annotations\":{\"x\":\"y\"}}}' $(K get pods -l app=agnhost -o name | cut -d/ -f2)");
      assert.equal(await shell(`K get pod ${pod} -o jsonpath='{.metadata.annotations.x}'`), 'y');
    });

    test('Kubectl run pod, label, replace, server-side dry-run, diff', async () => {
      await shell('K run e2e-test-httpd-pod --restart=Never --pod-running-timeout=2m0s --labels=run=e2e-test-httpd-pod --image=example/httpd:1');
      assert.equal(await shell("K get pod e2e-test-httpd-pod -o jsonpath='{.spec.restartPolicy} {.spec.containers[0].image}'"), 'Never example/httpd:1');
      // Its status may change until then: what is replaced would be of yesterday.
      await shell('K wait --for=condition=Ready pod/e2e-test-httpd-pod --timeout=180s');
      await shell('K label pods e2e-test-httpd-pod testing-label=testing-label-value');
      has(await shell('K get pod e2e-test-httpd-pod -L testing-label'), ['testing-label-value']);
      await shell('K label pods e2e-test-httpd-pod testing-label-');
      assert.ok(!(await shell('K get pod e2e-test-httpd-pod -L testing-label')).includes('testing-label-value'));
      await shell(`K patch pod e2e-test-httpd-pod -p '{"spec":{"containers":[{"name":"e2e-test-httpd-pod","image":"example/busybox:1"}]}}' --dry-run=server`);
      assert.equal(await shell("K get pod e2e-test-httpd-pod -o jsonpath='{.spec.containers[0].image}'"), 'example/httpd:1');
      await shell("K get pod e2e-test-httpd-pod -o json | sed 's#example/httpd:1#example/busybox:1#' | K replace -f -");
      assert.equal(await shell("K get pod e2e-test-httpd-pod -o jsonpath='{.spec.containers[0].image}'"), 'example/busybox:1');
      const deployment = (image: string): string => `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"httpd-deployment"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"httpd"}},"template":{"metadata":{"labels":{"app":"httpd"}},"spec":{"containers":[{"name":"httpd","image":"${image}","ports":[{"containerPort":80}]}]}}}}`;
      await shell(`echo '${deployment('example/httpd:1')}' | K create -f -`);
      const diff = await cluster.shell(`echo '${deployment('example/busybox:1')}' | ${program} -n ${namespace} diff -f -`);
      assert.equal(diff.code, 1, diff.stderr);
      assert.match(diff.stdout, /^-\s+- image: example\/httpd:1$/m);
      assert.match(diff.stdout, /^\+\s+- image: example\/busybox:1$/m);
    });

    test('Kubectl api-versions, cluster-info, version', async () => {
      assert.match(await shell('K api-versions'), /^v1$/m);
      // oxlint-disable-next-line no-control-regex
      assert.match((await shell('K cluster-info')).replaceAll(/\u001b\[[\d;]*m/g, ''), /^Kubernetes control plane is running at https:\/\//);
      has(await shell('K version'), ['Client Version: v1.', 'Server Version: v1.36']);
    });

    test('Proxy server should support proxy with --port 0, and --unix-socket=/path', async () => {
      const proxied = async (flags: string, fetchLine: string): Promise<string> => shell(`rm -f ${cluster.folder}/proxy.*; K proxy ${flags} > ${cluster.folder}/proxy.out & pid=$!; for i in $(seq 1200); do grep -q Starting ${cluster.folder}/proxy.out 2>/dev/null && break; sleep 0.1; done; ${fetchLine}; kill $pid`);
      has(await proxied('-p 0 --disable-filter', `curl -s http://$(sed -n 's/Starting to serve on //p' ${cluster.folder}/proxy.out)/api/`), ['"kind"', 'APIVersions']);
      has(await proxied(`--unix-socket=${cluster.folder}/proxy.sock`, `curl -s --unix-socket ${cluster.folder}/proxy.sock http://localhost/api/`), ['"kind"', 'APIVersions']);
    });
  });
}
