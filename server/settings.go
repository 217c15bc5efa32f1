package server

import (
	"time"

	"github.com/flowgres/flowgres/planner/guc"
)

// ConfigFrom takes from the server's settings what they say of serving.
// NewSession, Roles, Auth, TLS and Log are the caller's.
func ConfigFrom(r *guc.Registry) Config {
	seconds := func(name string) time.Duration { return time.Duration(r.Int(name)) * time.Second }
	millis := func(name string) time.Duration { return time.Duration(r.Int(name)) * time.Millisecond }
	cfg := Config{
		MaxConnections:    int(r.Int("max_connections")),
		MaxEarly:          int(r.Int("max_preauth_connections")),
		MaxMessage:        int(r.Int("max_message_size")),
		AuthTimeout:       seconds("authentication_timeout"),
		CheckInterval:     millis("client_connection_check_interval"),
		KeepAliveIdle:     seconds("tcp_keepalives_idle"),
		KeepAliveInterval: seconds("tcp_keepalives_interval"),
		KeepAliveCount:    int(r.Int("tcp_keepalives_count")),
		UserTimeout:       millis("tcp_user_timeout"),
		CancelPeers:       parsePeers(r.Text("cancel_peers")),
		LogConnections:    r.Bool("log_connections"),
		LogDisconnection:  r.Bool("log_disconnections"),
	}
	if cfg.MaxEarly == 0 {
		cfg.MaxEarly = max(100, cfg.MaxConnections)
	}
	if cfg.CheckInterval == 0 {
		cfg.CheckInterval = -1 // the setting's way to say never
	}
	return cfg
}
