package deploy

import (
	"os"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

const chartPath = top + "/deploy/helm/flowgres"

// template renders the chart as `helm template` does.
func template(t *testing.T, values string) (manifests, notes string, err error) {
	t.Helper()
	chart, err := loader.Load(chartPath)
	if err != nil {
		t.Fatal(err)
	}
	vals, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	install := action.NewInstall(&action.Configuration{})
	install.KubeVersion = &chartutil.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}
	install.ClientOnly, install.DryRun, install.ReleaseName, install.Namespace = true, true, "audit", "network"
	release, err := install.Run(chart, vals)
	if err != nil {
		return "", "", err
	}
	return release.Manifest, release.Info.Notes, nil
}

// values are what the chart is rendered with.
var values = map[string]string{
	"defaults": "",
	"everything": `
image: {repository: registry.example/flowgres, tag: v1.2.3, pullPolicy: Always}
autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 9, targetCPU: 60}
roleArn: arn:aws:iam::111122223333:role/flowgres-read
config:
  aws: {regions: [eu-west-1, us-*], accounts: [{role_arn: "arn:aws:iam::111122223333:role/r"}]}
  tls: {cert: /tls/tls.crt, key: /tls/tls.key}
  roles: {reader: {password: "${READER_VERIFIER}", access: read-only, settings: {statement_timeout: 60s}}}
hba: |
  # two lines
  hostssl all reader all iam map=m
ident: |
  m /^(.*)@example$ \1
tlsSecretName: flowgres-tls
service: {type: LoadBalancer, port: 15432, annotations: {service.beta.kubernetes.io/aws-load-balancer-type: external}}
networkPolicy:
  clients: [{ipBlock: {cidr: 10.0.0.0/8}}]
  metrics: [{podSelector: {matchLabels: {app: prometheus}}}]
nodeSelector: {kubernetes.io/arch: amd64}
tolerations: [{key: spot, operator: Exists}]
`,
	"least": `
replicas: 1
secretName: ""
config: {aws: {regions: eu-west-1}, roles: {reader: {password: secret}}}
networkPolicy: {enabled: false}
`,
}

func TestChart(t *testing.T) {
	for name, text := range values {
		t.Run(name, func(t *testing.T) {
			manifests, notes, err := template(t, text)
			if err != nil {
				t.Fatal(err)
			}
			// Rendered manifests begin with a comment that names their template.
			c := decode(t, strings.ReplaceAll(manifests, "---\n# Source", "\n---\n# Source"))
			c.check(t)
			if !strings.Contains(notes, "audit.network.svc:") {
				t.Errorf("the notes do not say where the server is:\n%s", notes)
			}
			everything := name == "everything"
			if (c.autoscaler != nil) != everything || (c.deployment.Spec.Replicas == nil) != everything {
				t.Error("either the autoscaler or the deployment counts the copies")
			}
			if (c.policy == nil) != (name == "least") {
				t.Error("a network policy, or none, against the values")
			}
		})
	}
}

// TestChartValues checks that values of a wrong name or type are refused.
func TestChartValues(t *testing.T) {
	for _, bad := range []string{
		"replica: 2", "replicas: two", "hba: ''", "image: {repository: ''}", "roleArn: flowgres-read",
		"service: {type: Headless}", "service: {port: 0}", "autoscaling: {enabled: yes please}", "config: none", "networkPolicy: {clients: all}",
	} {
		if _, _, err := template(t, bad); err == nil || !strings.Contains(err.Error(), "schema") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestChartLint runs what `helm lint --strict` runs.
func TestChartLint(t *testing.T) {
	for name, text := range values {
		vals, err := chartutil.ReadValues([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range lint.All(chartPath, vals, "network", true).Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

// TestChartFiles checks that the chart has no template of more than one kind,
// so that each is found under its name.
func TestChartFiles(t *testing.T) {
	for _, f := range files(t, "deploy/helm/flowgres/templates/*.yaml") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kinds := slices.DeleteFunc(strings.Split(string(text), "\n"), func(l string) bool { return !strings.HasPrefix(l, "kind:") })
		if len(kinds) != 1 {
			t.Errorf("%s: %v", f, kinds)
		}
	}
}
