// Package deploy checks what deploy/ and .github hold with the libraries of
// the tools that read them: Helm, Kubernetes, Compose, Prometheus, Terraform's
// language, BuildKit and actionlint. It is a module of its own, so that none of
// them is among flowgres's dependencies.
package deploy
