package deploy

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// TestCompose reads the Compose file as `docker compose config` does and
// checks that what it mounts exists.
func TestCompose(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{filepath.Join(top, "deploy/compose.yaml")}, cli.WithName("flowgres"), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := project.ServiceNames(); !slices.Equal(got, []string{"flowgres", "grafana", "prometheus"}) {
		t.Error(got)
	}
	for _, s := range project.Services {
		for _, v := range s.Volumes {
			if _, err := os.Stat(v.Source); v.Type == types.VolumeTypeBind && err != nil {
				t.Error(err)
			}
		}
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Error(err)
			}
		}
	}
	server := project.Services["flowgres"]
	if !server.ReadOnly || !slices.Contains(server.Tmpfs, "/tmp") || !slices.Equal(server.CapDrop, []string{"ALL"}) {
		t.Error("the server is not confined")
	}
}
