// Command flowgres answers PostgreSQL's wire protocol and SQL over AWS VPC flow
// logs. Its command line is server/command.
package main

import (
	"os"

	"github.com/flowgres/flowgres/server/command"
)

// version is set at link time.
var version = "dev"

func main() { os.Exit(command.Main(version)) }
