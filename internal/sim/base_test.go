package sim

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/contract"
	"github.com/hereby/hereby/internal/testenv"
)

// lags are how long lists hide what is new, in turn. On Jira Cloud that may be
// longer than people wait before they speak again: what is known is read as it
// is.
func lags(town string) []time.Duration {
	switch town {
	case gitHubFirst, jiraFirst:
		return []time.Duration{0}
	case onCloud:
		return []time.Duration{0, 2 * time.Minute}
	}
	return []time.Duration{0, 20 * time.Second}
}

// stage is where and when a story takes place.
type stage struct {
	town string
	lag  time.Duration
}

// tapes holds the stories without faults.
var tapes = map[stage]func() (*tape, error){}

func init() {
	for town := range towns {
		for _, lag := range lags(town) {
			tapes[stage{town, lag}] = sync.OnceValues(func() (*tape, error) { return record(options{town: town, lag: lag}) })
		}
	}
}

var contracts sync.Once

// loadContracts must come before a run.
func loadContracts(t testing.TB) {
	contracts.Do(func() {
		conforms[onGitHub], conforms[onCloud], conforms[inSpace] = contract.GitHubTo(t), contract.JiraTo(t), contract.ConfluenceTo(t)
	})
}

func tapeOf(t testing.TB, at stage) *tape {
	t.Helper()
	loadContracts(t)
	tape, err := tapes[at]()
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

// A lag of lists changes nothing, and neither does a new process at the start
// of a chapter.
func TestNothingGoesWrong(t *testing.T) { inEach(t, nothingGoesWrong) }

func nothingGoesWrong(t *testing.T, town string) {
	rehearse(t, scenes(town))
	plain := tapeOf(t, stage{town, 0})
	for _, lag := range lags(town) {
		for i, m := range tapeOf(t, stage{town, lag}).marks {
			if d := diff(plain.marks[i].world, m.world); d != "" {
				t.Errorf("lag %s, chapter %d: %s", lag, i, d)
			}
		}
	}
	for _, s := range scenes(town) {
		for _, err := range s.quietly().wrong {
			t.Errorf("lag %s, from chapter %d: %v", s.lag, s.chapter, err)
		}
	}
}

// The run that all others are compared with does what it should, at the end of
// each chapter.
func TestTheStoryIsTold(t *testing.T) { inEach(t, theStoryIsTold) }

func theStoryIsTold(t *testing.T, town string) {
	marks := tapeOf(t, stage{town, 0}).marks
	there := strings.NewReplacer() // what is otherwise there
	if town != onGitHub {
		there = strings.NewReplacer(" | parent | "+head, " | relates to | "+head, "@bob closed", "@automation closed", "- {Rotate the certificates}", "- [{Rotate the certificates}|{Rotate the certificates}]")
	}
	for after, want := range map[int][]string{
		1: {
			head + " | labels | hereby hereby-ID hereby/responding incident",
			"[" + bot + " confused] | /ops", "<reply/{erin /ops} r>", "mallory | [" + bot + " confused] | /ic me",
			"role/command | assignees | erin", "role/operations/alice | assignees | alice", "role/operations/bob | assignees | bob", "role/communications | assignees | carol",
			"sent | declared |",
		},
		2: {
			"also in progress: `web server configuration` by @alice", "follow/{alice /followup Ask the provider for its limits @olga}.0 | assignees | olga",
			"mail | owner@acme.example | Incident: " + head, "mail | shops@acme.example |", "mail | Press <press@acme.example> |", "mail | it@acme.example |", "mail | all@acme.example | Incident: " + head + " | We know",
		},
		3: {"role/command | assignees | dave", "role/operations/erin | assignees | erin"},
		4: {"- North: ok @alice", "My notes; nobody else's!", "<role/operations/bob >"},
		5: {"role/communications | assignees | carol", "<say/undone/{role/communications}-bob >"},
		7: {"Holds back `/publish`", "Bob Santos", "hereby/blame", "[" + bot + " confused] | /publish", "Postmortem-2 | blocks | state people timeline resolutions evidence", "- Bob Santos restarted"},
		8: {
			head + " | labels | hereby hereby-ID hereby/documented incident", "sent | published |", "[" + bot + " rocket] | /publish", "Postmortem-2.ledger.jsonl | file", "mail | all@acme.example | Incident: " + head + " – post-mortem published",
			"follow/item-{The pool has no bound} | assignees | alice", "follow/item-{Nothing tells the servers apart} | in | " + infra, "follow/item-{The dashboard shows averages only} | parent | " + head,
		},
		6: {head + " | labels | hereby hereby-ID hereby/restored incident", "sent | restored |", `mail | "Bob Santos" <bob@acme.example> | Review 1 of `, "mail | <olga@acme.example> | Review 1 of ", "SEQUENCE:0"},
		9: {
			"follow/{carol /planning}.1 | parent | " + head, "follow/{carol /planning}.2 | in | " + infra, "follow/{carol /planning}.2 | parent | " + head,
			"Alert when the order queue grows | parent | " + head, "role/planning | assignees | carol", "Rotate the certificates | parent | " + head,
		},
		10: {head + " | state | open", "@erin closed this incident"},
		11: {head + " | state | open", "@bob closed this incident", "Rotate the certificates | under nothing", "- {Rotate the certificates} Rotate the certificates"},
		12: {floated, "role/command | state | closed completed", "role/operations/alice | state | closed completed", "role/communications | state | closed completed", "role/planning | state | closed completed"},
		13: {
			"mail | <olga@acme.example> | No longer invited: Review 1 of ", "| Review 1 of acme/shop#2: " + head + " | Please note the change.",
			"follow/{carol /planning}.2 | state | closed not_planned", "6 things still stand against it",
		},
		14: {
			head + " | state | open", "@dave closed this incident", "hereby/reviewing incident",
			"mail | <dave@acme.example> | Review 2 of ",
			"review 1 is on record as held", "excused: @\u2060bob", "4 things still stand against closing, so review 2 follows on Tuesday 2027-01-19",
		},
		15: {head + " | state | closed completed", head + " | labels | hereby hereby-ID hereby/closed incident", "sent | closed |", "mail | all@acme.example | Incident: " + head + " – closed", "mail | <dave@acme.example> | Cancelled: Review 2 of ", "<say/closed/T >"},
		16: {head + " | state | closed completed", "<say/after/T >"},
	} {
		world := strings.Join(marks[after].world, "\n")
		for _, part := range want {
			if part = there.Replace(part); !strings.Contains(world, part) {
				t.Errorf("after %q there is no %q in\n%s", story[after-1].told, part, world)
			}
		}
	}
	for i, m := range marks {
		world := strings.Join(m.world, "\n")
		for _, never := range []string{"Said twice", "Could not be done", "cannot be read", " (2) | state", "say/lost", "mail | <olga@acme.example> | Review 2", "Incident command of"} {
			if strings.Contains(world, never) {
				t.Errorf("at mark %d there is %q in\n%s", i, never, world)
			}
		}
	}
}

// What GitHub does not describe is found, in a run that begins on a tape too.
func TestEveryExchangeIsHeldAgainstTheDescription(t *testing.T) {
	testenv.Shared(t, "specs/github-rest.json")
	r, err := tapeOf(t, stage{onGitHub, 0}).begin(1, options{town: onGitHub})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if r.errs != nil {
		t.Fatal(r.errs)
	}
	req, err := http.NewRequest(http.MethodGet, home+"/api/v3/repos/"+shop+"/incidents", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serve(r.handlers[api], req); err != nil || len(r.errs) != 1 {
		t.Errorf("%v; the run has %v against it", err, r.errs)
	}
}
