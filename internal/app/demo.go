package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/hereby/hereby/internal/demo"
)

// playDemo plays the whole story; it succeeds only if all of it held.
func playDemo(in *invocation, args []string) int {
	o := demo.Options{Out: in.stdout}
	set := in.flagSet()
	set.StringVar(&o.Tracker, "tracker", "github", "the tracker to play on, by `NAME`: github, jira (Cloud, with Confluence) or jira-dc (Data Center)")
	set.StringVar(&o.World, "world", "", "write the final state of the tracker to `FILE` as JSON")
	set.BoolVar(&o.Keep, "keep", false, "stay up afterwards, for a browser")
	set.Float64Var(&o.Speed, "speed", 0, "`N` virtual seconds pass in a real one; 0: as fast as it goes")
	if _, code, ok := in.parse(set, args); !ok {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo.Run(ctx, o); err != nil {
		in.complain(err)
		return exitError
	}
	return exitOK
}
