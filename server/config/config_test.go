package config

import (
	"maps"
	"testing"
)

func TestMisspelt(t *testing.T) {
	got := New().Misspelt([]string{
		"FLOWGRES_LISTN=x", "FLOWGRES_LISTEN=x", "FLOWGRES_CONFIG_TXT=x", "FLOWGRES_METRICS_LISTENS=x", "FLOWGRES_CONFIG=x",
		"FLOWGRES_SERVICE_HOST=10.0.0.1", "FLOWGRES_PORT=tcp://10.0.0.1:5433", "FLOWGRES_PORT_5433_TCP_ADDR=10.0.0.1", "FLOWGRES_APP_PASSWORD=x", "LISTN=x",
	})
	want := map[string]string{"FLOWGRES_LISTN": "FLOWGRES_LISTEN", "FLOWGRES_METRICS_LISTENS": "FLOWGRES_METRICS_LISTEN"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
