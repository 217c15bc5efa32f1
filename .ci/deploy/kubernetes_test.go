package deploy

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

// cluster is what a set of manifests asks Kubernetes for.
type cluster struct {
	deployment *appsv1.Deployment
	service    *corev1.Service // what clients connect to
	copies     *corev1.Service // headless: each copy's address
	account    *corev1.ServiceAccount
	config     *corev1.ConfigMap
	budget     *policyv1.PodDisruptionBudget
	autoscaler *autoscalingv2.HorizontalPodAutoscaler
	policy     *networkingv1.NetworkPolicy
}

// decode reads manifests as the API server does that refuses unknown and
// repeated fields.
func decode(t *testing.T, manifests string) (c cluster) {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, doc := range strings.Split("\n"+manifests, "\n---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		obj, _, err := decoder.Decode([]byte(doc), nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		c.add(t, obj)
	}
	return c
}

func (c *cluster) add(t *testing.T, obj runtime.Object) {
	t.Helper()
	switch obj := obj.(type) {
	case *appsv1.Deployment:
		c.deployment = obj
	case *corev1.Service:
		if obj.Spec.ClusterIP == corev1.ClusterIPNone {
			c.copies = obj
		} else {
			c.service = obj
		}
	case *corev1.ServiceAccount:
		c.account = obj
	case *corev1.ConfigMap:
		c.config = obj
	case *policyv1.PodDisruptionBudget:
		c.budget = obj
	case *autoscalingv2.HorizontalPodAutoscaler:
		c.autoscaler = obj
	case *networkingv1.NetworkPolicy:
		c.policy = obj
	default:
		t.Errorf("nothing here checks a %T", obj)
	}
}

// check looks whether the objects fit each other: what one names, another has.
func (c cluster) check(t *testing.T) {
	t.Helper()
	if c.deployment == nil || c.service == nil || c.copies == nil || c.account == nil || c.config == nil || c.budget == nil {
		t.Fatal("a deployment, one of the services, an account, a configuration or a disruption budget is missing")
	}
	pod := c.deployment.Spec.Template
	server := pod.Spec.Containers[0]
	selects := func(what string, selector *metav1.LabelSelector) {
		s, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil {
			t.Fatal(err)
		}
		if s.Empty() || !s.Matches(labels.Set(pod.Labels)) {
			t.Errorf("%s selects %s, not the pods, whose labels are %v", what, s, pod.Labels)
		}
	}
	hasPort := func(what string, port *intstr.IntOrString) {
		if !slices.ContainsFunc(server.Ports, func(p corev1.ContainerPort) bool {
			return port.Type == intstr.String && p.Name == port.StrVal || port.Type == intstr.Int && p.ContainerPort == port.IntVal
		}) {
			t.Errorf("%s: the container has no port %s", what, port.String())
		}
	}
	selects("the deployment", c.deployment.Spec.Selector)
	selects("the service", &metav1.LabelSelector{MatchLabels: c.service.Spec.Selector})
	selects("the disruption budget", c.budget.Spec.Selector)
	selects("the service of the copies", &metav1.LabelSelector{MatchLabels: c.copies.Spec.Selector})
	for _, p := range append(c.service.Spec.Ports, c.copies.Spec.Ports...) {
		hasPort("a service", &p.TargetPort)
	}
	if want := "cancel_peers: " + c.copies.Name + ":5432\n"; !strings.Contains(c.config.Data["flowgres.yaml"], want) {
		t.Errorf("the configuration lacks %s", want)
	}
	for _, p := range []*corev1.Probe{server.StartupProbe, server.ReadinessProbe, server.LivenessProbe} {
		if p != nil {
			hasPort("a probe", &p.HTTPGet.Port)
		}
	}
	if c.policy != nil {
		selects("the network policy", &c.policy.Spec.PodSelector)
		for _, rule := range c.policy.Spec.Egress {
			for _, p := range rule.Ports {
				if p.Port.Type == intstr.String {
					hasPort("the network policy", p.Port)
				}
			}
		}
		for _, rule := range c.policy.Spec.Ingress {
			for _, p := range rule.Ports {
				hasPort("the network policy", p.Port)
			}
		}
	}
	if a := c.autoscaler; a != nil && (a.Spec.ScaleTargetRef.Kind != "Deployment" || a.Spec.ScaleTargetRef.Name != c.deployment.Name) {
		t.Errorf("the autoscaler scales %v", a.Spec.ScaleTargetRef)
	}
	if pod.Spec.ServiceAccountName != c.account.Name {
		t.Errorf("the pods run as %s, the account is %s", pod.Spec.ServiceAccountName, c.account.Name)
	}
	c.checkVolumes(t, pod.Spec)
	c.checkConfined(t, pod.Spec)
	mounts := []string{}
	for _, m := range server.VolumeMounts {
		if m.MountPath != "/tmp" {
			mounts = append(mounts, m.MountPath)
		}
	}
	checkConfig(t, c.config.Data, mounts...)
}

// checkVolumes checks that each mount has its volume, and each volume of a
// configuration the configuration.
func (c cluster) checkVolumes(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	volumes := map[string]corev1.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
		if v.ConfigMap != nil && v.ConfigMap.Name != c.config.Name {
			t.Errorf("volume %s is of the configuration %s", v.Name, v.ConfigMap.Name)
		}
	}
	for _, m := range pod.Containers[0].VolumeMounts {
		if _, ok := volumes[m.Name]; !ok {
			t.Errorf("%s is no volume", m.Name)
		}
		delete(volumes, m.Name)
	}
	for name := range volumes {
		t.Errorf("nothing mounts the volume %s", name)
	}
	var tmp bool
	for _, m := range pod.Containers[0].VolumeMounts {
		tmp = tmp || m.MountPath == "/tmp" && !m.ReadOnly
	}
	if !tmp {
		t.Error("no /tmp to spill into")
	}
}

// checkConfined checks what Kubernetes's restricted security standard asks,
// that a shutdown has the time that the server gives itself, and that memory
// has a limit.
func (c cluster) checkConfined(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	s, all := pod.Containers[0].SecurityContext, pod.SecurityContext
	if all == nil || all.RunAsNonRoot == nil || !*all.RunAsNonRoot || all.SeccompProfile == nil || all.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Error("the pods may run as root, or without seccomp's profile")
	}
	if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		t.Errorf("the container is not confined: %+v", s)
	}
	if g := pod.TerminationGracePeriodSeconds; g == nil || *g <= 25+5 {
		t.Error("the pods are killed before shutdown_delay and shutdown_timeout are over")
	}
	if pod.Containers[0].Resources.Limits.Memory().IsZero() {
		t.Error("memory has no limit")
	}
}

// TestManifests checks the plain manifests.
func TestManifests(t *testing.T) {
	c := decode(t, read(t, "deploy/kubernetes/flowgres.yaml"))
	if c.autoscaler == nil || c.policy == nil {
		t.Error("no autoscaler or no network policy")
	}
	c.check(t)
}
