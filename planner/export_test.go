package planner

import "github.com/flowgres/flowgres/planner/catalog"

// Catalog gives tests the engine's catalog.
func (e *Engine) Catalog() *catalog.Catalog { return e.database(Database).catalog }

// OpenFiles is how many temporary files the session has.
func (s *Session) OpenFiles() int { return s.files.Open() }

// PlansSize is what the plans that sessions keep take.
func (e *Engine) PlansSize() int64 { return e.plansSize.Load() }
