package plan_test

import (
	"testing"
	"time"
)

// What it cost: people's time and forty minutes for each interruption (O6).
func TestWhatAnIncidentCost(t *testing.T) {
	w := newWorld(t)
	w.s.At = start.Add(-time.Second)
	w.declare()                                  // alice from 14:00
	w.say("alice", "/ops @bob", "/comms @carol") // about 14:00
	w.s.At = start.Add(30 * time.Minute)
	w.say("bob", "/planning @bob") // a second role, counted once
	w.s.At = start.Add(60 * time.Minute)
	w.say("alice", "/ic @dave") // 14:60 for alice
	w.s.At = start.Add(2*time.Hour - time.Second)
	w.say("dave", "/restored", "/ops @erin") // erin comes when service is back
	w.after(time.Hour)
	w.say("bob", "/release @bob")
	w.finish()
	w.finish()
	w.after(30 * 24 * time.Hour)
	w.say("dave", "/review done")
	w.say("dave", "/close")
	// alice 1 h, bob and carol 2 h, dave 1 h; four people interrupted
	contains(t, w.closing(), "| cost until service was back | 8.7 person-hours: 6 h in roles, and 4 called off their work |")
}
