package sim

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// abroad are the chapters in which something of the other tracker matters: one
// ticket there is not to be done, a command files one, an item of the page does,
// the last of them is done, and none was opened again after the close.
var abroad = []int{12, 8, 7, 14, 15}

// untold are those in which nobody is told meanwhile what stands open, or what
// cannot be read.
var untold = map[int]bool{7: true, 8: true, 15: true}

// filed is a chapter of each town in which a ticket is filed abroad.
var filed = map[string]int{gitHubFirst: 8, jiraFirst: 7}

// unanswered are the faults after which what is abroad was not read.
var unanswered = []fault{failBefore, dropBefore, tooMany, secondary}

// An incident whose follow-ups are on another tracker too: whatever goes wrong
// on either, each is there once, the close waits for it, and closing it there
// counts. While the other does not answer nothing is held up.
func TestAcrossTrackers(t *testing.T) {
	for _, town := range []string{gitHubFirst, jiraFirst} {
		if only := os.Getenv("HEREBY_TRACKER"); only == "" || only == town {
			t.Run(town, func(t *testing.T) {
				t.Parallel()
				acrossTrackers(t, town)
			})
		}
	}
}

// acrossScenes are some of those, others in each town and for each seed; with
// HEREBY_SIM all.
func acrossScenes(town string) (list []scene) {
	every, turn := uint64(samples[town].every), seed()
	if os.Getenv("HEREBY_SIM") != "" {
		every = 1
	}
	if town == jiraFirst {
		turn++
	}
	for i, c := range abroad {
		if uint64(i)%every == turn%every {
			list = append(list, scene{stage{town, 0}, c})
		}
	}
	return list
}

func acrossTrackers(t *testing.T, town string) {
	marks := tapeOf(t, stage{town, 0}).marks
	for after, want := range map[int][]string{
		8: {"follow/item-{Nothing tells the servers apart} | in | " + infra, "follow/item-{Nothing tells the servers apart} | state | open"},
		9: {
			"follow/{carol /planning}.2 | in | " + infra, "follow/{carol /planning}.2 | assignees | bob",
			"follow/{carol /planning}.2 | under nothing",
		},
		10: {head + " | state | open"},
		13: {"follow/{carol /planning}.2 | state | closed not_planned"},
		15: {"follow/item-{Nothing tells the servers apart} | state | closed completed", head + " | state | closed completed"},
	} {
		world := strings.Join(marks[after].world, "\n")
		for _, part := range want {
			if !strings.Contains(world, part) {
				t.Errorf("after %q there is no %q in\n%s", story[after-1].told, part, world)
			}
		}
		if strings.Contains(world, " (2) | state") {
			t.Errorf("at mark %d something is there twice:\n%s", after, world)
		}
	}
	list := acrossScenes(town)
	rehearse(t, list)
	var there, here, down []trial
	for _, from := range list {
		for _, s := range from.steps(t) {
			for _, f := range faultsOf(s) {
				if f == interrupted || isAbroad(s) && !s.writes() && !untold[from.chapter] && slices.Contains(unanswered, f) {
					continue // the first as in every town
				}
				x := trial{scene: from, faults: map[int]fault{s.n: f}}
				if isAbroad(s) {
					there = append(there, x)
				} else if s.writes() && s.name != "lease" {
					here = append(here, x)
				}
			}
			if untold[from.chapter] {
				down = append(down, trial{scene: from, faults: map[int]fault{s.n: outage}})
			}
		}
	}
	miss(t, town, []mutant{{
		name: "no settle window abroad", mutation: mutation{tracker: through(noSettle)}, chapter: filed[town], fault: late,
		at: func(s step) bool { return isAbroad(s) && s.writes() && strings.HasPrefix(s.name, http.MethodPost) },
	}})
	size := samples[town]
	some := append(sample(there, few(size.reads)), sample(here, few(size.writes))...)
	report(t, append(some, sample(down, few(size.several))...), len(there)+len(here)+len(down))
}
