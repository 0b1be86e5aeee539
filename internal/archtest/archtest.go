// Package archtest holds the architecture to its table: which package may
// import which, what a pure package may not know, and what stands at the top
// of the repository. It has only tests; [Table] is the table.
package archtest

// Table says for each of our packages which others it may import directly,
// outside tests. A package that is not in it fails the test: decide first
// where it belongs. "*" is everything but cmd; "pure" marks a package without
// clock, network, files and any tracker's name. Names stand for internal/NAME,
// or for a directory at the top.
const Table = `
cmd/hereby               app
webhooks                 incident route                       the whole ingress; cannot reach the reconciler
templates                -                                    every text a person reads
configs                  -                                    defaults and examples

incident            pure -                                    values
command             pure incident                             the command table, spoken lines, the phrase
ledger              pure incident                             what was seen, ordered and done
postmortem          pure incident                             the page: parse, merge, lint
render              pure incident                             templates to text
calendar            pure incident                             iCalendar
marker              pure incident                             ID and slot hidden in what we create
route               pure incident marker command              which keys a piece of news touches
plan                pure incident command ledger postmortem render calendar

store                    incident ledger                      queue, journals, records, ledgers
store/bolt               incident ledger store
store/redis              incident ledger store
store/storetest          incident ledger store testenv        one conformance suite
store/dial               store store/bolt store/redis         a store by its one string

httpx                    incident                             ETag cache, pacing, failures by kind
tracker                  incident                             several trackers as one: what lies across
tracker/github           incident marker httpx
tracker/jira             incident httpx tracker/jira/markup
tracker/jira/markup      incident                             Markdown to wiki markup, wiki markup to spoken lines
tracker/trackertest      incident marker testenv sandbox/host  one conformance suite
wiki/git                 incident postmortem httpx
wiki/confluence          incident postmortem httpx
notify                   incident httpx
reconcile                incident ledger store plan route     Step, Run, and the interfaces it consumes

config                   *
app                      *
demo                     *                                    the story that hereby demo plays

sandbox/host             -                                    what those below have in common
sandbox/github           sandbox/host                         stateful models of the trackers
sandbox/jira             sandbox/host
sandbox/confluence       sandbox/host                         a stateful model of Confluence
sandbox/wiki             -                                    a host of git wikis
sandbox/contract         testenv                              exchanges against published API descriptions
sim                      *                                    the reconciler under faults
testenv                  -                                    what tests need and may lack
archtest                 testenv
`

// Top lists what may stand at the top of the repository besides dot-files.
var Top = []string{"cmd", "internal", "webhooks", "templates", "configs", "go.mod", "go.sum", "Dockerfile", "LICENSE", "README.md"}
