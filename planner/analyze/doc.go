// Package analyze turns SQL text into nodes.Query: parsing and PostgreSQL's
// semantic analysis (names, types, coercions, collations).
//
// The way of a query through it: Parse guards the text against what would
// overflow the C parser's stack, has PostgreSQL's own grammar (pg_query_go) make raw parse
// trees, and keeps them in a cache; Analyze resolves one raw statement in a ParseState, a level a
// subquery, against a catalog and a session's Env, into a typed tree. Literals are converted here, by
// type input; nothing else is evaluated.
//
// Where to look for what:
//
//   - text to raw trees: parse, conforming, literal, depth (what would overflow), cache, deferred,
//     raw and rawparam (raw trees), identity (what a statement is but for its constants);
//   - a query: query, state (ParseState), select, setop, cte with cteref and recursion, insert,
//     onconflict, update, assign, delete, merge, locking, sublink;
//   - FROM: from, join, relation (range table), rangefunc, view, levels, missing (hints for what is not
//     there);
//   - clauses: target, findtarget, colname, sort, distinct, group, aggcheck, window; rewrite, updatable (views as
//     targets);
//   - expressions: expr, column, const, param, indirection, aexpr, rowcompare, condexpr, jsonexpr,
//     xmlexpr, equal, location;
//   - types: type, coerce, coercepath, commontype, collate, poly; calls: oper, func, funcdetail,
//     funcagg, agg, candidate;
//   - commands that are no queries: utility, prepared, setvar, transaction, cursor, explain, copy,
//     do with conditions, vacuum, truncate, ddl and its family, drop and its family.
//
// It is the only importer of pg_query_go. It must not know of plans, execution
// or sessions.
//
// It mirrors PostgreSQL's src/backend/parser: routines that have a counterpart
// there keep its name, in Go's spelling.
package analyze
