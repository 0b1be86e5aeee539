package plan_test

import (
	"strings"
	"testing"
	"time"
)

// Blocks on the page, and what a wiki says stands in the way, spell commands as
// they can be typed here too.
func TestCommandsOnThePageAreSpelledAsTheyCanBeTyped(t *testing.T) {
	w := newWorld(t).wiki()
	w.s.Caps.NoSlash = true
	w.declare().staffed()
	w.say("alice", "hereby ops @bob", "hereby comms @carol", "hereby restored")
	w.settle()
	contains(t, w.text12(), "`hereby evidence URL`")
	lacks(t, w.text12(), "`/")
	w.broken = "the page is *archived*: tell the address of another with `/postmortem URL`."
	w.after(time.Hour).settle()
	contains(t, w.board(), `\*archived\*`)
	if n := strings.Count(w.board(), " `hereby postmortem URL`"); n != 2 {
		t.Errorf("%d of 2 commands are spelled in:\n%s", n, w.board())
	}
	lacks(t, w.board(), "/postmortem", "`/")
}
