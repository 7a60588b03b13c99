import { line, type Scenario } from './kubectl-scenarios.ts';

const MADE = ['create -f web.yaml', 'create -f misc.yaml', 'create -f pod.yaml'].map(line);

/** Files that outputs are described in. */
export const outputFiles: Readonly<Record<string, string>> = {
  'columns.txt': 'NAME  IMAGE\nmetadata.name  spec.containers[*].image\n', 'columns-uneven.txt': 'NAME\n.metadata.name  .x\n', 'columns-none.txt': '\n',
  'path.txt': "{range .items[*]}{.metadata.name}{'\\n'}{end}", 'template.txt': '{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}',
};

const JSON_PATHS = [
  '{.spec.containers[0].ports[?(@.containerPort>80)].name}', '{.spec.containers[0].ports[?(@.containerPort>=80)].containerPort}', '{.spec.containers[?(@.name=="c")].ports}',
  '{.metadata.labels}', '{.metadata["name"]}', '"{.metadata[name]}"', '{.spec.containers[0:1].name}', '{.spec.containers[0:10].name}', '{.spec.containers[::2].name}',
  '{.spec.containers[-1].name}', '{.spec.containers[10].name}', '{.spec.containers[-10].name}', '{.spec.containers[0:-1].name}', '{.spec.containers[2:1].name}',
  '{.spec.containers[*].name}{"\\t"}{.status.phase}{"\\n"}', '{range .spec.containers[*]}[{.name}]{end}{.metadata.name}',
  '{range .spec.containers[*]}{range .ports[*]}{.containerPort},{end};{end}', '{end}', '{range .spec.containers[*]}', '{.spec.containers[?(@.name=~"c")].name}',
  '{.spec.containers[?(@.name)].name}', '{.spec.containers[?(@.nope)].name}', '{.spec.containers[?("c"==@.name)].name}', '{.spec.containers[?(@.name=="c" && @.image)].name}',
  '{.spec.containers[?(@.name=="c"||true)].name}', '{.spec[?(@.name)]}', '{.}', '{@}', '{$}', '{.spec.containers.*.name}', '{.kind} {.apiVersion} literal', '{1}{true}{1.5}{"x"}',
  '{.metadata.name', '}', '{{.metadata.name}}', '{.metadata.name}}', '{.metadata name}', '{nope}', '{.metadata.[name]}', '{[name]}', '{.spec.containers[a]}', '{.spec.containers[0.5]}',
  '{.spec.containers[]}', '{.spec.containers[?]}', '{.spec.containers[?(@.name==c)]}', '{"a', '"{single}"', '{"\\u0041\\n"}', '{.metadata.labels.a\\.b}',
  '{.spec.containers[?(@.ports[0].containerPort==80)].name}', '{.spec.containers[?(@.ports[*].containerPort==80)].name}', '{.spec.tolerations[*].key}',
  '{.spec.terminationGracePeriodSeconds}{.spec.enableServiceLinks}',
];

const TEMPLATES = [
  '{{.metadata.name}}{{"\\n"}}', '{{.nope}}', '{{range $i, $c := .spec.containers}}{{$i}}={{$c.name}} {{end}}', '{{range $k, $v := .metadata.labels}}{{$k}}={{$v}},{{end}}',
  '{{range .nope}}x{{else}}none{{end}}', '{{with .metadata}}{{.name}}{{end}}', '{{with .nope}}{{.name}}{{else}}no{{end}}', '{{with $x := .metadata.name}}{{$x}}{{end}}',
  '{{$n := .metadata.name}}{{$n}}', '{{$n := 1}}{{$n = 2}}{{$n}}', '{{if and .metadata.name .nope}}a{{else if or .nope .kind}}b{{else}}c{{end}}', '{{if not .nope}}a{{end}}',
  '{{eq .kind "Pod" "x"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 3 2}} {{ge 3 3}}', '{{len .metadata.name}} {{len .spec.containers}} {{len .metadata.labels}}',
  '{{index .spec.containers 0 "name"}}', '{{index .metadata.labels "zzz"}}', '{{slice .metadata.name 0 1}}',
  '{{print 1 2 "a" "b" 3 true}}|{{println "x" 1}}|{{printf "%v %q %5d|%-5s|%05d %t %x %T" 1 "a" 3 "b" 42 true 255 "s"}}', '{{printf "%.2f %e %g" 1.5 1.5 1.5}}',
  '{{printf "%s" .metadata.labels}}', '{{.metadata.labels}} {{.spec.containers}}', '{{html "<a>"}} {{js "a\\u0027"}} {{urlquery "a b&c"}}', '{{"aGk=" | base64decode}}',
  '{{exists . "metadata" "name"}} {{exists . "nope"}}', '{{- "a" -}}  b  {{- /* comment */ -}} c', '{{/* c */}}x',
  '{{range .spec.containers}}{{if eq .name "c"}}{{continue}}{{end}}{{.name}}{{end}}', '{{range .spec.containers}}{{.name}}{{break}}{{end}}', '{{range 3}}{{.}}{{end}}',
  '{{range $i := 3}}{{$i}}{{end}}', '{{.metadata.name', '{{end}}', '{{if}}{{end}}', '{{range .spec.containers}}', '{{.metadata.name | printf "%s-%s" "x"}}',
  '{{(index .spec.containers 0).name}}', '{{eq .spec.terminationGracePeriodSeconds 1}}', '{{printf "%v" nil}}', '{{`raw\\n`}}',
  '{{$.metadata.name}}{{range .spec.containers}}{{$.kind}}{{end}}', '{{range .spec.volumes}}{{.name}} {{with .emptyDir}}e{{end}}{{end}}',
  '{{.spec.terminationGracePeriodSeconds}} {{.spec.enableServiceLinks}}', '{{or .nope "default"}} {{and 1 0}} {{or 0 ""}}|', '{{not 0}}{{not "a"}}',
  '{{printf "%d" "x"}} {{printf "%s" 5}} {{printf "%d %d" 1}} {{printf "%d" 1 2}} {{printf "%z" 1}} {{printf "100%%"}}', '{{else}}', '{{if true}}a{{else}}b{{else}}c{{end}}',
  '{{with 1}}a{{else with 2}}b{{end}}',
];

/** What `get` finds, and the forms in which it prints it. Where types are sorted together (`get all --sort-by=.metadata.name`) the package's kubectl sorts each, and stock kubectl finds the field in none. */
export const outputScenarios: readonly Scenario[] = [
  { name: 'JSONPath', steps: [...MADE, ...JSON_PATHS.map((path) => ({ run: ['get', 'pods', 'p', '-o', `jsonpath=${path}`] }))] },
  { name: 'templates of Go', steps: [...MADE, ...TEMPLATES.map((template) => ({ run: ['get', 'pods', 'p', '-o', `go-template=${template}`] }))] },
  {
    name: 'columns, files of templates, and several objects',
    steps: [...MADE, ...[
      'get all --sort-by=.spec.replicas', 'get pods --sort-by=.metadata.creationTimestamp', 'get deploy/web pod/p -o wide --show-labels -L app',
      'get deploy/web pod/nope svc/web', 'get deploy/web pod/nope svc/web -o name', 'get deploy/web pod/nope -o json', 'get deploy/web pod/nope --ignore-not-found',
      'get -f web.yaml -f pod.yaml', 'get -f web.yaml -o name', 'get -f web.yaml -o yaml', 'get -f web.yaml deploy', 'get -f web.yaml -l a=b', 'get -f nope.yaml', 'get -k layers',
      'get -k layers -f web.yaml', 'get -k layers -R', 'apply -k nope', 'get pods -o custom-columns-file=columns.txt', 'get pods -o custom-columns-file=columns-uneven.txt',
      'get pods -o custom-columns-file=columns-none.txt', 'get pods -o custom-columns-file=columns.txt --no-headers', 'get pods -o custom-columns-file=', 'get pods -o custom-columns-file',
      'get pods -o custom-columns', 'get pods -o custom-columns=A:.metadata.name,B', 'get pods -o custom-columns=:.metadata.name', 'get pods -o custom-columns=A:',
      'get pods -o custom-columns=A:.metadata.nope[0]', 'get pods -o custom-columns=A:.spec.containers[5].name', 'get pods -o custom-columns=A:.metadata.labels,B:.spec.containers',
      'get pods p -o custom-columns=A:.spec.priority,B:.spec.hostNetwork,C:.status.phase,D:.spec.containers[*].resources',
      'get pods -o custom-columns=A:.metadata.annotations.\'kubectl\\.kubernetes\\.io/last-applied-configuration\'',
      'get svc -o custom-columns=P:.spec.ports[*].port,N:.metadata.name --sort-by=.metadata.name', 'get pods,svc -o custom-columns=K:.kind,N:.metadata.name',
      'get pods -o custom-columns=A:.metadata.name,B:{.metadata.namespace', 'get pods -o jsonpath-file=path.txt', 'get pods -o jsonpath-file=nope', 'get pods -o jsonpath',
      'get pods -o jsonpath=', 'get pods -o jsonpath-as-json', 'get pods -o jsonpath-as-json={.items[*].metadata}', 'get pods -o go-template-file=template.txt',
      'get pods -o templatefile=template.txt', 'get pods -o template-file=template.txt', 'get pods -o template=x', 'get pods -o template --template={{.kind}}',
      'get pods --template={{.kind}}', 'get pods -o go-template', 'get pods -o go-template-file', 'get pods -o go-template-file=nope', 'get pods -o jsonpath --template={.kind}',
      'get pods -o jsonpath-file --template=path.txt', 'get pods -o jsonpath=\'{.items[*].spec.containers[*].ports[*].containerPort}\'',
      'get pods p -o jsonpath=\'{.spec.volumes[*].name}\' --allow-missing-template-keys=false', 'get pods p -o jsonpath=\'{.nope.x}\' --allow-missing-template-keys=false',
      'get pods p -o jsonpath=\'{.items[*].name}\' --allow-missing-template-keys=false', 'get pods p -o jsonpath=\'{..nope}\' --allow-missing-template-keys=false',
    ].map(line)],
  },
  {
    name: 'ways to say what to get',
    steps: [...MADE, ...[
      'get pods -o go-template=\'{{range .items}}{{.kind}}{{end}} {{.kind}} {{.apiVersion}} {{.metadata}}\'', 'get pods,svc -o go-template=\'{{range .items}}{{.kind}} {{end}}\'',
      'get pods,svc -o yaml', 'get svc -o json', 'get pods p -o JSON', 'get pods p -o Name', 'get pods p -o yaml=x', 'get pods p -o name=x', 'get pods p -o wide=x', 'get pods p -ojson',
      'get pods p -oname', 'get pods p -o=name', 'get pods p --output name', 'get pods p --output=name', 'get po p -o name', 'get Pod p', 'get PODS',
      'get pods --raw /api/v1/namespaces/NAMESPACE/pods?limit=1', 'get --raw /nope', 'get --raw nope', 'get --raw /healthz', 'get --raw /version -o json',
      'get --raw /api/v1/namespaces/nope2/pods/x', 'get --raw /version x', 'get --raw=/readyz?verbose', 'get pods --raw=', 'create --raw /api/v1/namespaces/NAMESPACE/configmaps',
      'create --raw /api/v1/namespaces/NAMESPACE/configmaps -f web.yaml -f misc.yaml', 'delete --raw nope -f -', 'get pods -L', 'get pods -L a', 'get pods -L a,c', 'get pods -L a -L c',
      'get pods -L \'\' ', 'get pods --label-columns=kubernetes.io/name,a/b-c', 'get pods --chunk-size=0', 'get pods --chunk-size=-1', 'get cm --chunk-size=1',
      'get cm --chunk-size=1 -o name', 'get pods -A --chunk-size=2 --field-selector metadata.namespace=NAMESPACE', 'get pods -l a=b --show-labels', 'get pods -l \'a in (b,c)\'',
      'get pods -l \'a=b,,c\'', 'get pods -l \'=\'', 'get pods -l \'a>1\'', 'get pods -l \'a in ()\'', 'get pods -l \'a in b\'', 'get pods -l \'!\'',
      'get pods --field-selector=metadata.name', 'get pods --field-selector=metadata.name=p,status.phase!=Running', 'get pods --field-selector=spec.nodeName=',
      'get pods --field-selector=spec.foo=x', 'get pods p -l a=b', 'get pods p --field-selector=metadata.name=p', 'get pods p -A', 'get -A pods/p', 'get pods/p svc/web -A',
      'get pods p --subresource=status', 'get pods p --subresource=bogus', 'get pods --subresource=status', 'get deploy/web --subresource=scale -o json', 'get pods p --subresource=resize',
      'get pods p --subresource=resize -o name', 'get svc web --subresource=scale', 'get pods p -w=false', 'get pods p --watch-only=false', 'get all -w', 'get pods,svc -w',
      'get pods/p svc/web -w', 'get pods nope -w', 'get pods p --ignore-not-found', 'get pods nope1 nope2', 'get pods nope1 p --ignore-not-found',
      'get pods nope --ignore-not-found -o json', 'get pods nope -o json', 'get pods nope nope2 -o name', 'get pods nope -o custom-columns=A:.a',
      'get pods p nope -o jsonpath={.items[*].metadata.name}', 'get frob -o json', 'get pods.v1 p', 'get pods.v1. p', 'get deployments.v1.apps web', 'get deployments.v9.apps web',
      'get deploy.v1.apps/web', 'get po/p po/p', 'get pods p p', 'get pods p p -o name', 'get service/web,pod/p', 'get svc,pod web p', 'get svc web pod p', 'get pod/p svc', 'get /p',
      'get pod/', 'get -o name', 'get pods --no-headers=false', 'get pods --output-watch-events -o name', 'get pods --server-print=false -o wide', 'get deploy,svc --server-print=false',
      'get pods p --server-print=false --show-labels', 'get secrets,cm -o wide', 'get roles -o wide',
    ].map(line), ...([
      [4, 'get pods p -w -o yaml'],
      [1, 'get pods p -w --output-watch-events -o name'],
      [1, 'get pods p -w --output-watch-events -o json'],
      [1, 'get pods p -w -o go-template={{.kind}}{{"\\n"}}'],
      [2, 'get pods -w --show-kind'],
      [2, 'get pods -w -A --field-selector=metadata.namespace=NAMESPACE'],
      [2, 'get -f pod.yaml -w'],
      [1, 'get pods p --watch --no-headers'],
      [2, 'get deploy -w --watch-only=false'],
    ] as const).map(([count, text]) => ({ ...line(text), lines: count }))],
  },
];
