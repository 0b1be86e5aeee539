package ledger

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// pasted is a ledger with a secret in every place where one can stand, and the
// record after it.
func pasted() (incident.Record, []Entry) {
	order := &incident.Order{Comment: "7", At: minute(3), By: "bob", Said: "/followup Rotate hunter2 @bob", Verdict: incident.Obeyed,
		Command: incident.Command{Word: "followup", Text: "Rotate hunter2", People: []incident.Person{"bob"}}, Reply: "hunter2 is noted"}
	other := &incident.Order{Comment: "7", Line: 1, At: minute(3), By: "bob", Said: "/restored", Verdict: incident.Obeyed, Command: incident.Command{Word: "restored"}}
	entries := Chain(incident.Record{}, []Entry{
		{At: noon, Kind: HeadChanged, By: "alice", Ref: "acme/shop#12", Text: "opened: Down\n\nthe password is hunter2"},
		{At: noon, Kind: Declared, Declared: &incident.Declared{By: "alice", At: noon, Via: "label"}},
		{At: minute(3), Kind: Commented, By: "bob", Comment: "7", Text: "/followup Rotate hunter2 @bob\n/restored"},
		{At: minute(3), Kind: Ordered, By: "bob", Comment: "7", Text: order.Said, Order: order},
		{At: minute(3), Kind: Ordered, By: "bob", Comment: "7", Text: other.Said, Order: other},
		{At: minute(4), Kind: TicketAdded, Ref: "acme/shop#20", Slot: "follow/7.0", Text: "Rotate hunter2"},
		{At: minute(4), Kind: Did, Ref: "acme/shop#20", Text: "create follow/7.0 in acme/shop: Rotate hunter2"},
		{At: minute(5), Kind: CommentEdited, Comment: "7", Text: "never mind"},
		{At: minute(6), Kind: CommentDeleted, Comment: "7", Text: "comment by @bob"},
	}, minute(9))
	r := Fold(incident.Record{}, entries)
	r.ID, r.Key = "1012", "github:acme/shop#12"
	r.Last = base()
	r.Last.Head.Title, r.Last.Head.Body = "Down", "the password is hunter2"
	r.Last.Tickets = []incident.Ticket{{Ref: "acme/shop#20", Title: "Rotate hunter2", Body: "From @bob: hunter2", Labels: []string{"bug"}}}
	r.Last.Events = []incident.Event{{At: noon, Kind: "labeled", Label: "hunter2"}}
	return r, entries
}

func everything(t fataler, parts ...any) string {
	data, err := json.Marshal(parts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

type fataler interface{ Fatalf(string, ...any) }

// whole puts what is left together again.
func whole(entries []Entry, x Expunged) []Entry {
	entries = slices.Clone(entries)
	for _, e := range x.Blank {
		entries[e.Seq-1] = e
	}
	return append(entries, x.Added)
}

func TestASecretIsBlankedWhereverItStands(t *testing.T) {
	r, entries := pasted()
	if err := Audit(r, entries); err != nil {
		t.Fatal(err)
	}
	before := everything(t, r, entries)
	x, err := Expunge(r, entries, Expunging{Text: "hunter2", By: "olga", At: minute(20)})
	if err != nil {
		t.Fatal(err)
	}
	after := whole(entries, x)
	if text := everything(t, after, x.Record); strings.Contains(text, "hunter2") {
		t.Errorf("the secret is still there: %s", text)
	}
	if err := Audit(x.Record, after); err != nil {
		t.Error(err)
	}
	if x.Added.Name != "1,3,4,6,7" || x.Added.By != "olga" || x.Added.Seq != 10 || x.Record.Seq != 10 || x.Added.Text != "" {
		t.Errorf("the ledger says %+v", x.Added)
	}
	if x.Record.ID != r.ID || x.Record.Key != r.Key || x.Record.Last.Head.Title != "Down" || x.Record.Last.Tickets[0].Labels[0] != "bug" || x.Record.Orders[1].Said != "/restored" || after[7].Text != "never mind" {
		t.Error("more is gone than had to go")
	}
	if everything(t, r, entries) != before {
		t.Error("what was given was changed")
	}
}

// Who names an entry need not know where else its text stands.
func TestTheTextsOfOneCommentGoTogether(t *testing.T) {
	for _, c := range []struct {
		seq  int
		gone string
	}{{3, "3,4,5"}, {4, "3,4"}, {5, "3,5"}, {8, "8"}, {9, "9"}, {6, "6"}} {
		r, entries := pasted()
		x, err := Expunge(r, entries, Expunging{Seqs: []int{c.seq}, By: "olga", At: minute(20)})
		if err != nil {
			t.Fatal(err)
		}
		if x.Added.Name != c.gone {
			t.Errorf("with entry %d go %s, want %s", c.seq, x.Added.Name, c.gone)
		}
	}
	r, entries := pasted()
	x, err := Expunge(r, entries, Expunging{Seqs: []int{1, 6}, By: "olga", At: minute(20)})
	if err != nil || x.Record.Last.Head.Body != "" || x.Record.Last.Head.Title != "" || x.Record.Last.Tickets[0].Title != "" {
		t.Errorf("what was seen last still holds what was blanked: %+v, %v", x.Record.Last, err)
	}
}

func TestWhatCannotBeBlanked(t *testing.T) {
	r, entries := pasted()
	for want, x := range map[string]Expunging{
		"the ledger has no entry 99: it has 9 entries":     {Seqs: []int{3, 99}},
		"the ledger has no entry 0: it has 9 entries":      {Seqs: []int{0}},
		"entry 2 holds no text: nothing to blank":          {Seqs: []int{2}},
		"no entry holds that text: nothing to blank":       {Text: "correct horse"},
		"no entry is named, and no text: nothing to blank": {},
	} {
		if _, err := Expunge(r, entries, x); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", x, err, want)
		}
	}
	entries[4].By = "mallory"
	if _, err := Expunge(r, entries, Expunging{Seqs: []int{3}}); err == nil || !strings.Contains(err.Error(), "entry 5") {
		t.Errorf("a damaged ledger was changed: %v", err)
	}
}

func TestABlankedLedgerIsStillProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := Chain(incident.Record{}, genEntries.Draw(t, "entries"), noon)
		r := Fold(incident.Record{}, entries)
		r.Last = trim(genSnapshot.Draw(t, "last"))
		if err := Audit(r, entries); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			x, err := Expunge(r, entries, Expunging{Text: texts.Filter(func(s string) bool { return s != "" }).Draw(t, "secret"), By: "olga", At: noon})
			if err != nil {
				continue
			}
			entries, r = whole(entries, x), x.Record
			if err := Audit(r, deepCopy(entries)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Each of these leaves a sound chain, and is found all the same (O46).
func TestAuditFindsWhatTheChainDoesNot(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(r *incident.Record, entries []Entry) []Entry
		want   string
	}{
		"blanked in secret": {func(r *incident.Record, es []Entry) []Entry {
			es, _ = redact(es, 3)
			return es
		}, "entry 3 (commented, 2026-03-01T12:03:00Z): its text is gone, and no later entry says who blanked it"},
		"blanked before": {func(r *incident.Record, es []Entry) []Entry {
			es = append(es, Chain(*r, []Entry{{Kind: Redacted, At: noon, Name: "11"}, {Kind: Commented, At: noon, Text: "x"}}, noon)...)
			*r = Fold(*r, es[9:])
			es, _ = redact(es, 11)
			return es
		}, "entry 11"},
		"role in the record": {func(r *incident.Record, es []Entry) []Entry {
			r.Tenures = []incident.Tenure{{Who: "mallory"}}
			return es
		}, `"tenures" was changed`},
		"verdict in the record":  {func(r *incident.Record, es []Entry) []Entry { r.Orders[0].Verdict = incident.RefusedByRule; return es }, `"orders" was changed`},
		"order out of it":        {func(r *incident.Record, es []Entry) []Entry { r.Orders = nil; return es }, `"orders" was changed`},
		"a ticket uncounted":     {func(r *incident.Record, es []Entry) []Entry { delete(r.Counted, "acme/shop#20"); return es }, `"counted" was changed`},
		"sealed in the record":   {func(r *incident.Record, es []Entry) []Entry { r.Sealed = noon; return es }, `"sealed" was changed`},
		"a mark in the record":   {func(r *incident.Record, es []Entry) []Entry { r.Marks["restored"] = incident.Mark{Seq: 1}; return es }, `"marks" was changed`},
		"the end cut off":        {func(r *incident.Record, es []Entry) []Entry { return es[:8] }, "the end was cut off"},
		"the declaration's time": {func(r *incident.Record, es []Entry) []Entry { r.Declared.At = minute(1); return es }, `"declared" was changed`},
	} {
		r, entries := pasted()
		entries = tt.change(&r, deepCopy(entries))
		if err := Audit(r, entries); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if name != "the end cut off" && Verify(entries) != nil {
			t.Errorf("%s: the chain alone tells: %v", name, Verify(entries))
		}
	}
}
