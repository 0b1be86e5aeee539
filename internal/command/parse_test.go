package command

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

var (
	at2pm = time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)
	onHub = Context{Author: "alice", Home: "acme/shop#12", At: at2pm}
	onKey = Context{Author: "alice", Home: "OPS-12", At: at2pm}
)

type (
	cmd   = incident.Command
	group = []incident.Person
)

func TestCommands(t *testing.T) {
	role := func(r incident.Role, who ...incident.Person) cmd { return cmd{Word: "role", Role: r, People: who} }
	for text, want := range map[string]cmd{
		"/ic":                       role(incident.CommandRole, "alice"),
		"/ops":                      role(incident.Operations, "alice"),
		"/comms me":                 role(incident.Communications, "alice"),
		"/planning @Bob":            role(incident.Planning, "bob"),
		"/ops @bob @carol @bob":     role(incident.Operations, "bob", "carol"),
		"/ops me, @bob and @carol.": role(incident.Operations, "alice", "bob", "carol"),
		"/ops @bob,@carol":          role(incident.Operations, "bob", "carol"),
		"/ops @me":                  role(incident.Operations, "alice"),
		"/ops @557058:f58131cb-b67d-43c7-b30d-6b58d40bd077 @alice.doe@acme.example": role(incident.Operations, "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077", "alice.doe@acme.example"),
		"/ops @bob please look at the pool":                                         {Word: "role", Role: incident.Operations, People: group{"bob"}, Text: "please look at the pool"},
		"/role ic":                                                                  role(incident.CommandRole, "alice"),
		"/role command @bob":                                                        role(incident.CommandRole, "bob"),
		"/role OPS: @bob":                                                           role(incident.Operations, "bob"),
		"/role operations":                                                          role(incident.Operations, "alice"),
		"/role comms @bob":                                                          role(incident.Communications, "bob"),
		"/role communications @bob":                                                 role(incident.Communications, "bob"),
		"/role planning @bob":                                                       role(incident.Planning, "bob"),
		"/release":                                                                  {Word: "release", People: group{"alice"}},
		"/release @bob":                                                             {Word: "release", People: group{"bob"}},

		"/summary The pool is full.\n\nWe wait for Bob.":    {Word: "summary", Text: "The pool is full.\n\nWe wait for Bob."},
		"/action\nrestarted the pool":                       {Word: "action", Text: "restarted the pool"},
		"/change start api-gateway":                         {Word: "change", Verb: "start", Text: "api-gateway"},
		"/change DONE the api gateway\nand so on":           {Word: "change", Verb: "done", Text: "the api gateway"},
		"/note 3 servers are down":                          {Word: "note", Text: "3 servers are down"},
		"/note 13:50 it began":                              {Word: "note", When: at2pm.Add(-10 * time.Minute), Text: "it began"},
		"/note 13:50: it began":                             {Word: "note", When: at2pm.Add(-10 * time.Minute), Text: "it began"},
		"/note 2026-02-27 it was fine":                      {Word: "note", Text: "2026-02-27 it was fine"},
		"/note -5 degrees in the server room":               {Word: "note", Text: "-5 degrees in the server room"},
		"/note see\n/usr/bin/foo\n/lgtm":                    {Word: "note", Text: "see\n/usr/bin/foo\n/lgtm"},
		"/note  keeps   inner  space \n   and indents":      {Word: "note", Text: "keeps   inner  space \n   and indents"},
		"/evidence the log: https://logs.example/1":         {Word: "evidence", Text: "the log: https://logs.example/1"},
		"/evidence\n![graph](https://x.example/g.png)":      {Word: "evidence", Text: "![graph](https://x.example/g.png)"},
		"/impact nobody could pay":                          {Word: "impact", Text: "nobody could pay"},
		"/done 3":                                           {Word: "done", N: 3},
		"/done 3, at last":                                  {Word: "done", N: 3, Text: "at last"},
		"/skip 12 no customers there\nreally":               {Word: "skip", N: 12, Text: "no customers there\nreally"},
		"/restored":                                         {Word: "restored"},
		"/restored!":                                        {Word: "restored"},
		"/restored -10m":                                    {Word: "restored", When: at2pm.Add(-10 * time.Minute)},
		"Hereby: restored at last":                          {Word: "restored", Text: "at last"},
		"hereby, restored at last":                          {Word: "restored", Text: "at last"},
		"/restored at last":                                 {Word: "restored", Text: "at last"},
		"/restored at 13:50":                                {Word: "restored", When: at2pm.Add(-10 * time.Minute)},
		"/restored Since 13:50, by a rollback":              {Word: "restored", When: at2pm.Add(-10 * time.Minute), Text: "by a rollback"},
		"/restored at 2026-03-01 13:50":                     {Word: "restored", When: at2pm.Add(-10 * time.Minute)},
		"/note at 13:50 it began":                           {Word: "note", Text: "at 13:50 it began"},
		"/restored\n\nThank you all":                        {Word: "restored"},
		"/unrestored":                                       {Word: "unrestored"},
		"/wontfix #13 too dear":                             {Word: "wontfix", Ref: "acme/shop#13", Text: "too dear"},
		"/wontfix acme/infra#5: too dear":                   {Word: "wontfix", Ref: "acme/infra#5", Text: "too dear"},
		"/unlink OPS-5 not ours":                            {Word: "unlink", Ref: "OPS-5", Text: "not ours"},
		"/link https://github.com/acme/infra/issues/5":      {Word: "link", Ref: "acme/infra#5"},
		"/link <https://acme.atlassian.net/browse/OPS-5>":   {Word: "link", Ref: "OPS-5"},
		"/link #13.":                                        {Word: "link", Ref: "acme/shop#13"},
		"/followup Raise the pool's size":                   {Word: "followup", Text: "Raise the pool's size"},
		"/followup x to:bob_acme/notes":                     {Word: "followup", Text: "x", Place: "bob_acme/notes"},
		"/followup Raise  the pool @Bob to:acme/infra":      {Word: "followup", Text: "Raise  the pool", People: group{"bob"}, Place: "acme/infra"},
		"/followup @bob raise to:OPS the pool\nto 20":       {Word: "followup", Text: "raise the pool\nto 20", People: group{"bob"}, Place: "OPS"},
		"/followup mail ops@acme.example, \"quoted\" & <b>": {Word: "followup", Text: "mail ops@acme.example, \"quoted\" & <b>"},
		"/close":                {Word: "close"},
		"/retract a test alarm": {Word: "retract", Text: "a test alarm"},
		"/duplicate #9":         {Word: "duplicate", Ref: "acme/shop#9"},
		"/status":               {Word: "status"},
		"/help":                 {Word: "help"},

		"   /ops":                    role(incident.Operations, "alice"),
		"/OPS\r":                     role(incident.Operations, "alice"),
		"hereby ops":                 role(incident.Operations, "alice"),
		"Hereby /Ops @bob":           role(incident.Operations, "bob"),
		"HEREBY note: all":           {Word: "note", Text: "all"},
		"／ｏｐｓ":                       role(incident.Operations, "alice"),
		"/o\u200bps\u00a0@b\u200bob": role(incident.Operations, "bob"),
		"hello\n/ops\nbye":           role(incident.Operations, "alice"),
	} {
		got := Parse(strings.Split(text, "\n"), onHub)
		if len(got) != 1 || got[0].Err != "" || !reflect.DeepEqual(got[0].Command, want) {
			t.Errorf("%q\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestWhatIsNoCommandIsIgnored(t *testing.T) {
	for _, text := range []string{
		"", "ops", "please /ops", "/", "//ops", "/ ops", "/usr/bin/ops is gone", "/ops/dashboard is down", "/cc @bob", "/ci", "/id", "/lgtm", "/hold",
		"/assign @bob", "/retest", "/approve", "/milestone v1", "/kind bug", "hereby", "hereby declare this an incident", "hereby I confirm", "hereby we go",
		"restored? /restored", "/restored?", "I hereby close",
	} {
		if got := Parse([]string{text}, onHub); len(got) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestWhatCannotBeReadIsExplained(t *testing.T) {
	for text, want := range map[string]struct{ suggest, says string }{
		"/nte it began":                  {"/note it began", "do not know `/nte`"},
		"hereby opps @bob":               {"hereby ops @bob", "do not know `hereby opps`"},
		"/restord":                       {"/restored", "Did you mean"},
		"/retsored 13:50":                {"/restored 13:50", ""},
		"/ops @acme/on-call":             {"/ops @…", "`@acme/on-call` is a team: name the people"},
		"/ops @bob @acme/on-call":        {"/ops @bob @…", "is a team"},
		"/ops bob":                       {"/ops @bob", "whom you mean by `bob`"},
		"/ops the usual ones":            {"/ops @… the usual ones", "whom you mean by `the usual ones`"},
		"/ops @bob helped by @carol":     {"/ops @bob @carol", "whether you mean `@carol` too"},
		"/role":                          {"/role NAME", "one of command, operations, communications, planning"},
		"/role boss @bob":                {"/role NAME @bob", "one of command"},
		"/role @bob":                     {"/role NAME @bob", "one of command"},
		"/note":                          {"/note TEXT", "the text is missing"},
		"/note TEXT":                     {"/note TEXT", "the text is missing"},
		"/note 13:50":                    {"/note 13:50 TEXT", "the text is missing"},
		"/note 25:10 it began":           {"/note HH:MM it began", "cannot read the time `25:10`"},
		"/note HH:MM it began":           {"/note HH:MM it began", "2026-03-01T14:00:00Z"},
		"/restored 14.05":                {"/restored HH:MM", "cannot read the time"},
		"/restored 2:05pm":               {"/restored HH:MM", "cannot read the time"},
		"/restored 2026-03-01T15:00:00Z": {"/restored HH:MM", "in the future"},
		"/restored 2016-03-01T15:00:00Z": {"/restored HH:MM", "more than a year ago"},
		"/restored -99999999h":           {"/restored HH:MM", "cannot read the time"},
		"/evidence the log":              {"/evidence https://… the log", "address of the evidence is missing"},
		"/done":                          {"/done N", "number of the duty"},
		"/done 0":                        {"/done N", "number of the duty"},
		"/done #3":                       {"/done N", "number of the duty"},
		"/done 3 4":                      {"/done 3", "another for `4`"},
		"/skip":                          {"/skip N REASON", "number of the duty"},
		"/skip 3":                        {"/skip 3 REASON", "the reason is missing"},
		"/skip all of it":                {"/skip N all of it", "number of the duty"},
		"/change":                        {"/change start NAME", "whether the change starts"},
		"/change gateway":                {"/change start gateway", "whether the change starts"},
		"/change start":                  {"/change start NAME", "name of what is changed"},
		"/wontfix":                       {"/wontfix REF REASON", "the ticket is missing"},
		"/wontfix #13":                   {"/wontfix #13 REASON", "the reason is missing"},
		"/wontfix it is too dear":        {"/wontfix REF is too dear", "`it` is not a ticket"},
		"/unlink OPS-5":                  {"/unlink OPS-5 REASON", "the reason is missing"},
		"/link":                          {"/link REF", "the ticket is missing"},
		"/link #12":                      {"/link REF", "this very incident"},
		"/link #13, #14":                 {"/link #13", "another for `#14`"},
		"/done 1, 3":                     {"/done 1", "another for `3`"},
		"/link 13 14":                    {"/link 13", "another for `14`"},
		"/duplicate #13 acme/till#2":     {"/duplicate #13", "another for `acme/till#2`"},
		"/duplicate ACME/shop#12":        {"/duplicate REF", "this very incident"},
		"/retract":                       {"/retract REASON", "the reason is missing"},
		"/followup":                      {"/followup TITLE", "the title is missing"},
		"/followup @bob":                 {"/followup TITLE", "the title is missing"},
		"/followup fix it @acme/infra":   {"/followup fix it @…", "is a team"},
		"/followup fix it to:infra now":  {"/followup fix it to:owner/repo now", "`infra` is not a place"},
		"/followup a to:OPS b to:acme/x": {"/followup a to:OPS b", "goes to one place"},
		"/followup " + strings.Repeat("x", MaxTitle+1): {"/followup TITLE", "251 characters long"},
		"/note ` and `` ticks":                         {"", ""},
	} {
		got := Parse([]string{text}, onHub)
		if want.suggest == "" {
			if len(got) != 1 || got[0].Err != "" {
				t.Errorf("%q: %+v", text, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Suggest != want.suggest || !strings.Contains(got[0].Err, want.says) || !strings.Contains(got[0].Err, want.suggest) {
			t.Errorf("%q: %+v\nwant %+v", text, got, want)
		}
		if got[0].Said != text {
			t.Errorf("%q: said %q", text, got[0].Said)
		}
	}
}

func TestEachLineIsJudgedSingly(t *testing.T) {
	said := strings.Split("Right.\r\n/ops @bob\r\n/comms me\r\n/nte lost\r\n/note 13:50 it\r\nbegan\r\n/skip 2\r\n/impact all\r\n/evidence https://x.example\r\n/change start db\r\n/status\r\n/link #3\r\n/help", "\n")
	var words []string
	for _, p := range Parse(said, onHub) {
		word := p.Command.Word
		if p.Err != "" {
			word += "!"
		}
		words = append(words, word)
	}
	if want := strings.Fields("role role ! note skip! impact evidence change status link help"); !slices.Equal(words, want) {
		t.Errorf("%q", words)
	}
}

func TestBounds(t *testing.T) {
	got := Parse(slices.Repeat([]string{"/status"}, MaxCommands+5), onHub)
	if len(got) != MaxCommands+1 || got[MaxCommands-1].Err != "" || !strings.Contains(got[MaxCommands].Err, "I read 50 commands") {
		t.Errorf("%d commands, the last %+v", len(got), got[len(got)-1])
	}
	if p := Parse([]string{"/note " + strings.Repeat("é", MaxText)}, onHub)[0]; p.Err != "" {
		t.Error(p.Err)
	}
	p := Parse([]string{"/note " + strings.Repeat("é", MaxText+1)}, onHub)[0]
	if !strings.Contains(p.Err, "10001 characters") || len(p.Err) > 1000 || p.Command.Text != "" {
		t.Errorf("%+v", p)
	}
}

func TestTheNearestFormOfARefComesFirst(t *testing.T) {
	for home, want := range map[*Context]string{&onHub: "a ticket is `#12`", &onKey: "a ticket is `KEY-12`"} {
		if p := Parse([]string{"/link what"}, *home)[0]; !strings.Contains(p.Err, want) {
			t.Error(p.Err)
		}
	}
	if p := Parse([]string{"/link #13"}, onKey)[0]; p.Command.Ref != "OPS-13" {
		t.Errorf("%+v", p)
	}
}

func TestCodeShowsAnythingOnOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"/ops": "`/ops`", "a`b": "`` a`b ``", "``": "``` `` ```", strings.Repeat("x", 400): "`" + strings.Repeat("x", 300) + "…`",
	} {
		if got := code(text); got != want {
			t.Errorf("code(%q) = %s", text, got)
		}
	}
}

// render writes a command as somebody would type it.
func render(f Form, c cmd) string {
	s, _ := specOf(c)
	parts := []string{string(f) + s.Word}
	if c.N != 0 {
		parts = append(parts, fmt.Sprint(c.N))
	}
	if !c.When.IsZero() {
		parts = append(parts, c.When.Format(time.RFC3339))
	}
	parts = append(parts, c.Verb, string(c.Ref))
	people := ""
	for _, p := range c.People {
		people += " " + p.Mention()
	}
	parts = append(parts, people)
	if c.Place != "" {
		parts = append(parts, "to:"+c.Place)
	}
	return join(append(parts, c.Text)...)
}

var genCommand = rapid.Custom(func(t *rapid.T) cmd {
	s := rapid.SampledFrom(Table).Draw(t, "spec")
	c := cmd{Word: s.Name(), Role: s.Role}
	text := rapid.StringMatching(`[a-zA-Zäß][a-z ,;'"<>*_\[\]()&]{0,20}[a-zß](\n[a-z #>*-]{0,10}[a-z]){0,2}`).
		Filter(func(s string) bool { return !strings.EqualFold(s, "utc") && !strings.Contains(s, "hereby") })
	line := rapid.Map(text, func(s string) string { first, _, _ := strings.Cut(s, "\n"); return strings.TrimSpace(first) })
	handles := rapid.SampledFrom(group{"alice", "bob", "carol-2", "5b10a2844c"})
	if strings.HasPrefix(s.Usage(Slash), "/role") {
		c.Role = rapid.SampledFrom(incident.Roles).Draw(t, "role")
	}
	for _, o := range s.operands {
		switch o.syntax {
		case "[me|@a …]":
			c.People = rapid.SliceOfNDistinct(handles, 1, 3, rapid.ID).Draw(t, "people")
		case "TEXT", "REASON":
			c.Text = text.Draw(t, "text")
		case "NAME":
			if s.Word == "change" {
				c.Text = line.Draw(t, "name")
			}
		case "URL…":
			c.Text = "https://x.example/" + text.Draw(t, "text")
		case "URL":
			c.Text = "https://x.example/" + rapid.StringMatching(`[a-z0-9/]{0,9}`).Draw(t, "path")
		case "N":
			c.N = rapid.IntRange(1, 9999).Draw(t, "n")
		case "REF":
			c.Ref = rapid.SampledFrom([]incident.Ref{"acme/shop#3", "a-b/c.d_e#77", "OPS-5"}).Draw(t, "ref")
		case "[TIME]":
			if rapid.Bool().Draw(t, "timed") {
				c.When = at2pm.Add(-time.Duration(rapid.IntRange(-200, 80000).Draw(t, "seconds")) * time.Second)
			}
		case "TITLE [due:DATE]":
			c.Text = text.Draw(t, "title")
		case "[@owner]":
			c.People = rapid.SliceOfNDistinct(handles, 0, 2, rapid.ID).Draw(t, "owner")
			if len(c.People) == 0 {
				c.People = nil
			}
		case "[to:PLACE]":
			c.Place = rapid.SampledFrom([]string{"", "acme/infra", "OPS"}).Draw(t, "place")
		case "@a":
			c.People = group{handles.Draw(t, "person")}
		case "owner|customers|internal|all":
			c.Verb = rapid.SampledFrom(Audiences).Draw(t, "audience")
		case review.syntax:
			if c.Verb = rapid.SampledFrom([]string{"done", "move"}).Draw(t, "verb"); c.Verb == "move" {
				c.Text = at2pm.AddDate(0, 0, rapid.IntRange(0, 9999).Draw(t, "days")).Format(time.DateOnly)
			}
		case "start|done":
			c.Verb = rapid.SampledFrom([]string{"start", "done"}).Draw(t, "verb")
		default:
			t.Fatalf("the test knows no %s", o.syntax)
		}
	}
	return c
})

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genCommand.Draw(t, "command")
		typed := render(rapid.SampledFrom([]Form{Slash, Hereby}).Draw(t, "form"), c)
		if strings.HasPrefix(typed, "/role") || strings.HasPrefix(typed, "hereby role") {
			typed = strings.Replace(typed, "role", "role "+string(c.Role), 1)
		}
		got := Parse(strings.Split(typed, "\n"), onHub)
		if len(got) != 1 || got[0].Err != "" || !reflect.DeepEqual(got[0].Command, c) {
			t.Fatalf("%q\nread  %+v\nwrote %+v", typed, got, c)
		}
	})
}

// lines people might write, in any order.
var genLine = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "prose", "/ops", "/ops bob", "hereby note x", "/note", "/nte", "/skip 2", "/followup t @a", "/usr/bin", "/help", "/change start x", "/done 3\r", "> q", "/wontfix #3",
		"/review", "/review done", "/review done except @a ill, @b", "/review done except @a and @b ill", "/review move 2026-12-28", "/review move 2026-12-28 10:00",
	}),
	rapid.StringMatching(`(/|hereby )?[a-z]{0,9} ?.{0,12}`),
)

var genLines = rapid.SliceOfN(genLine, 0, 8)

// What stands before or after a command does not change what it says.
func TestLinesAreReadTheSameInAnyCompany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genLines.Draw(t, "a"), append([]string{"/status"}, genLines.Draw(t, "b")...)
		apart := append(Parse(a, onHub), Parse(b, onHub)...)
		together := Parse(append(slices.Clone(a), b...), onHub)
		if !reflect.DeepEqual(apart, together) {
			t.Fatalf("apart    %+v\ntogether %+v", apart, together)
		}
	})
}

// A suggestion is a line that is itself a command, and never a worse one.
func TestASuggestionCanBePasted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, p := range Parse(genLines.Draw(t, "lines"), onHub) {
			if p.Suggest == "" {
				continue
			}
			again := Parse([]string{p.Suggest}, onHub)
			if len(again) != 1 || again[0].Unknown != "" {
				t.Fatalf("%q suggests %q, which reads %+v", p.Said, p.Suggest, again)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/ops @a,@b", "/note -1h30m x", "/followup a @b to:c/d\nmore", "hereby skip 3 x", "／ｎｏｔｅ 13:00 UTC x", "/wontfix https://x/browse/A-1 r", "/role \xff", "/note 2026-01-01 10:00 x", "/evidence http://", "/do\u0307ne 1"} {
		f.Add(s, "acme/shop#12")
	}
	f.Add("/link #3", "OPS-1")
	f.Fuzz(func(t *testing.T, text, home string) {
		ctx := Context{Author: "alice", Home: incident.Ref(home), At: at2pm}
		for _, p := range Parse(strings.Split(text, "\n"), ctx) {
			switch {
			case p.Err == "":
				if _, ok := specOf(p.Command); !ok || p.Said == "" || p.Suggest != "" || p.Unknown != "" {
					t.Errorf("%q: %+v", text, p)
				}
			case p.Unknown != "" && !reflect.DeepEqual(p.Command, cmd{}):
				t.Errorf("%q: unknown, and yet %+v", text, p)
			}
			if w := p.Command.When; !w.IsZero() && (w.After(at2pm.Add(ahead)) || w.Before(at2pm.Add(-behind))) {
				t.Errorf("%q: at %s", text, w)
			}
			for _, who := range p.Command.People {
				if strings.ContainsAny(string(who), " /@\n") && !strings.Contains(string(who), ".") && !handle.MatchString(who.Mention()) {
					t.Errorf("%q: %q is no person", text, who)
				}
			}
		}
	})
}
