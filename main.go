// Command flowgres answers PostgreSQL's wire protocol and SQL over AWS VPC flow
// logs.
package main

func main() {}
