package server

import (
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/guc"
)

func TestConfigFrom(t *testing.T) {
	r := guc.MustNew()
	if err := r.SetServer("authentication_timeout", "2min", guc.File); err != nil {
		t.Fatal(err)
	}
	cfg := ConfigFrom(r)
	if cfg.AuthTimeout != 2*time.Minute || cfg.MaxMessage != 64<<20 || cfg.CheckInterval != 2*time.Second || cfg.MaxConnections != 100 {
		t.Errorf("%+v", cfg)
	}
}
