// Hereby turns an issue that somebody declared an incident into a tracked
// one, and keeps it open until everything about it is done.
package main

import (
	"os"

	_ "time/tzdata" // policy.timezone works where the system has no zones

	"github.com/hereby/hereby/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}
