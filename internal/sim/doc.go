// Package sim plays a compact incident with the real reconciler, the real
// adapters, the real ingress and the real embedded store against the sandboxes
// of GitHub, Jira Cloud and Jira Data Center ([town]), with pages in git, or in
// either edition of Confluence ([library]), on a virtual clock, and lets one
// thing go wrong at every step of input and output. Whatever goes wrong, tracker
// and pages must end as they do when nothing does. It has only tests.
//
// # A run
//
// A [run] is one life of the world: a tracker, its people, who act at fixed
// times (story_test.go), and one Hereby process after another
// (process_test.go). Everything happens in one goroutine at a time, so that a
// run can be repeated from its faults alone. Each request to the tracker and to
// the wiki, each call of the store, each webhook and each message is a numbered
// step, and time passes only in steps and between them.
//
// Without git on the machine GitHub's pages are kept in Confluence. In some towns
// a part of the story is on another tracker ([both]), which may be down.
//
// # What goes wrong
//
// A fault befalls one step (fault_test.go): the process dies before or after
// it, the reply is lost, the server fails or refuses, the effect comes late,
// the store is lost, a webhook is lost, repeated or late, the process is paused
// past its lease, an address declines a mail; or a person speaks in the middle of
// a pass, edits the page (edit_test.go), or renames, moves, deletes or restores it
// (fate_test.go). Lists may lag in addition.
//
// # What must hold
//
// At the end the canonical state of the tracker and its wiki (canon_test.go)
// equals that of the run without faults: issues, states, labels, assignees,
// parents, links, every text, every reaction or property that stands for one,
// every page and file with its place and labels, and what lies in mailboxes, a
// message that came twice under one id counting once. Ids, numbers and the order
// of comments do not count. In every run, people's texts, on pages too, are
// theirs byte for byte, nothing of ours is there twice, nobody is invited twice
// with one sequence or left believing in a review, the ledger's chain verifies, a
// stale process has left no trace in the store, a page that is gone for good is
// not written anew and holds up nothing but the close, and every exchange with
// GitHub, Jira Cloud and Confluence Cloud is as they describe their APIs, where
// the description is at hand.
//
// # Mutants
//
// A simulation that nothing fails proves nothing: mutant_test.go removes one
// safeguard at a time, by wrapping a port, and each must make a run fail.
//
// # How much is run
//
// All there is would take days. A test takes a sample ([samples]), the same one
// each time; HEREBY_SEED draws another, HEREBY_SIM a larger one or a single run.
// Nearly everything here happens in one goroutine, of which the race detector
// learns nothing new in the tenfold time: under it the sample is a fourth, and
// CI has the whole one run without it.
package sim
