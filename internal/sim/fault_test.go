package sim

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// port is where a step crosses the border of the process.
type port string

const (
	api    port = "api"    // a request to the tracker
	disk   port = "store"  // a call of the store
	hook   port = "hook"   // a webhook on its way to us
	wiki   port = "wiki"   // a request to the wiki
	notify port = "notify" // a message to the team's webhook
	mail   port = "mail"   // a copy of a message to an address
)

// step is one crossing, in the order of a run.
type step struct {
	n    int
	at   time.Time
	port port
	name string // "POST /repos/acme/shop/issues", "save github:acme/shop#2"
}

func (s step) String() string { return fmt.Sprintf("step %d, %s %s", s.n, s.port, s.name) }

// writes reports whether the step may change something on the other side.
func (s step) writes() bool {
	switch s.port {
	case api, wiki:
		return !reads(s.name)
	case disk:
		return !strings.HasPrefix(s.name, "load") && !strings.HasPrefix(s.name, "heads") && !strings.HasPrefix(s.name, "incidents")
	}
	return true
}

// reads reports whether a request, by its name, only reads.
func reads(step string) bool { return strings.HasPrefix(step, http.MethodGet) }

// fault is what befalls a step.
type fault string

const (
	none        fault = ""
	crashBefore fault = "crash before" // the process dies, nothing happened
	crashAfter  fault = "crash after"  // it happened, then the process dies
	failBefore  fault = "fail before"  // an error (5xx), nothing happened
	failAfter   fault = "fail after"   // an error (5xx), though it happened
	dropBefore  fault = "drop before"  // the connection breaks, nothing happened
	lostReply   fault = "lost reply"   // it happened, then the connection breaks
	late        fault = "late effect"  // the connection breaks, and it happens later
	tooMany     fault = "429"
	conflict    fault = "409"
	secondary   fault = "secondary limit"
	storeLost   fault = "store lost"  // before the step, with the process
	storeOld    fault = "older store" // so too, and a copy of it is put back: that of the chapter's start
	hookLost    fault = "webhook lost"
	hookTwice   fault = "webhook twice"
	hookLate    fault = "webhook late" // after those that follow
	paused      fault = "paused"       // past the lease, until another process has done everything
	overtaken   fault = "overtaken"    // past the lease, until another process has leased the key
	interrupted fault = "a person speaks"
	editBefore  fault = "a person edits the page before"
	editAfter   fault = "a person edits the page after"
	busy        fault = "refused for now" // by this address
	declined    fault = "refused for good"
)

// faultsOf returns what can befall a step. A read has no effect that could be
// lost or late, so there the faults that differ only in that are one.
func faultsOf(s step) []fault {
	switch {
	case s.port == api && s.writes(): // they go out one at a time: no second worker either
		return []fault{paused, overtaken, crashBefore, crashAfter, failBefore, failAfter, dropBefore, lostReply, late, tooMany, secondary, storeLost, storeOld}
	case s.port == api:
		return []fault{paused, overtaken, interrupted, crashBefore, failBefore, dropBefore, tooMany, secondary, storeLost, storeOld}
	case s.port == disk && s.writes():
		return []fault{paused, overtaken, interrupted, crashBefore, crashAfter, failBefore, failAfter, storeLost, storeOld}
	case s.name == "incidents": // no second worker passes here meanwhile
		return []fault{paused, overtaken, crashBefore, failBefore, storeLost, storeOld}
	case s.port == disk:
		return []fault{paused, overtaken, interrupted, crashBefore, failBefore, storeLost, storeOld}
	case s.port == wiki && s.writes():
		list := []fault{editBefore, editAfter, paused, overtaken, crashBefore, crashAfter, failBefore, failAfter, dropBefore, lostReply, late, tooMany, storeLost, storeOld}
		if !atGit.MatchString(s.name) { // there the one conflict is that somebody was first
			list = append(list, conflict)
		}
		return list
	case s.port == wiki:
		list := []fault{editBefore, editAfter, paused, overtaken, crashBefore, failBefore, dropBefore, tooMany, storeLost, storeOld}
		if !atGit.MatchString(s.name) { // a second worker waits there
			list = append(list, interrupted)
		}
		return list
	case s.port == hook:
		return []fault{crashBefore, crashAfter, hookLost, hookTwice, hookLate}
	case s.port == notify:
		return []fault{crashBefore, crashAfter, failBefore, failAfter}
	case s.port == mail: // failAfter: sent, and the connection breaks
		return []fault{paused, overtaken, interrupted, crashBefore, crashAfter, failBefore, failAfter, busy, declined, storeLost, storeOld}
	}
	return nil
}

var atGit = regexp.MustCompile(`\.git/`)

var (
	errDead  = errors.New("the process is dead")
	errReset = errors.New("connection reset by peer")
	errDown  = errors.New("connection to the store refused")
)

// disturb makes a fault befall a request to a server; none is the end of that. A
// late effect comes with the lag of lists just below the settle window, less
// what a run of creations takes before it is sent.
func (r *run) disturb(s server, f fault, req *http.Request) {
	var by time.Duration
	if f == late {
		window, listed := s.settles(req)
		if by = window - 5*time.Second; listed {
			by -= r.lag
		}
		r.alarm(by)
	}
	s.befall(f, by)
}
