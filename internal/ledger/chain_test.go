package ledger

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// told is a short ledger with one entry of each shape.
func told() []Entry {
	return Chain(incident.Record{}, []Entry{
		{At: noon, Kind: Commented, By: "alice", Comment: "7", Text: "I hereby declare this an incident"},
		{At: noon, Kind: Declared, By: "alice", Comment: "7", Declared: &incident.Declared{By: "alice", At: noon, Via: "phrase", Comment: "7"}},
		{At: noon, Kind: RoleBegan, By: "alice", Tenure: &incident.Tenure{Role: incident.CommandRole, Who: "alice", From: noon, How: "declared"}},
		{At: minute(2), Kind: Ordered, By: "bob", Comment: "8", Text: "/note 11:58 the password is hunter2", Order: &incident.Order{
			Comment: "8", Line: 1, At: minute(2), By: "bob", Said: "/note 11:58 the password is hunter2", Reply: "noted: the password is hunter2",
			Verdict: incident.Obeyed, Unstaffed: incident.Operations,
			Command: incident.Command{Word: "note", Role: incident.Operations, People: []incident.Person{"bob"}, Ref: "acme/shop#3", When: minute(-2), N: 1, Verb: "start", Place: "acme/shop", Text: "the password is hunter2"},
		}},
		{At: minute(3), Kind: TicketAdded, By: "hereby", Ref: "acme/shop#13", Slot: "role/command", State: incident.Open, Text: "Incident command"},
		{At: minute(4), Kind: Did, Name: "ack/8", Text: "acknowledge comment 8 as obeyed"},
		{At: minute(9), Kind: RoleEnded, Tenure: &incident.Tenure{Role: incident.CommandRole, Who: "alice", From: noon, To: minute(9), How: "order"}},
	}, minute(10))
}

// A ledger written by this release must verify for ever: this hash may not
// change. It covers every field there is today.
func TestTheChainIsTheOneOfYesterday(t *testing.T) {
	entries := told()
	const want = "b9c85ffd6c6adf0c4ef481e01e2187c958df6a81996cd4987dae04a7dbfab401"
	if got := entries[len(entries)-1].Hash; got != want {
		t.Errorf("the chain's head is %s, was %s: ledgers written before no longer verify", got, want)
	}
}

func TestChainContinuesARecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genEntries.Draw(t, "a"), genEntries.Draw(t, "b")
		before := deepCopy(append(slices.Clone(a), b...))
		first := Chain(incident.Record{}, a, noon)
		r := Fold(incident.Record{}, first)
		all := append(first, Chain(r, b, noon)...)
		if err := Verify(all); err != nil {
			t.Fatal(err)
		}
		if err := VerifyAll(Fold(incident.Record{}, all), all); err != nil {
			t.Fatal(err)
		}
		if want := Chain(incident.Record{}, append(slices.Clone(a), b...), noon); !reflect.DeepEqual(all, want) {
			t.Fatalf("chained in parts\n%+v\nat once\n%+v", all, want)
		}
		if again := deepCopy(all); !reflect.DeepEqual(again, all) {
			t.Fatalf("after being stored\n%+v\nbefore\n%+v", again, all)
		}
		if after := deepCopy(append(slices.Clone(a), b...)); !reflect.DeepEqual(before, after) {
			t.Fatal("the given entries were changed")
		}
	})
}

// deepCopy returns entries as a store gives them back.
func deepCopy(entries []Entry) []Entry {
	data, err := json.Marshal(entries)
	if err != nil {
		panic(err)
	}
	out := []Entry{}
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	for i := range out {
		out[i] = stored(out[i])
	}
	return out
}

// Every single change of any field, however deep, is found.
func TestEveryChangeOfAnyFieldIsFound(t *testing.T) {
	original := told()
	if err := Verify(original); err != nil {
		t.Fatal(err)
	}
	changes := 0
	for i := range original {
		for n := 0; ; n++ {
			entries := deepCopy(original)
			field, ok := mutate(reflect.ValueOf(&entries[i]).Elem(), &leaf{n})
			if !ok {
				break
			}
			changes++
			err := Verify(entries)
			if err == nil {
				t.Errorf("entry %d: a changed %s was not found", i+1, field)
			} else if !strings.Contains(err.Error(), "entry ") {
				t.Errorf("entry %d: %s: %v", i+1, field, err)
			}
		}
	}
	if changes < 150 {
		t.Errorf("only %d changes were tried", changes)
	}
}

// leaf counts down to the leaf that is to be changed.
type leaf struct{ left int }

// mutate changes the nth leaf of a value, and names it.
func mutate(v reflect.Value, n *leaf) (name string, ok bool) {
	hit := func() bool { n.left--; return n.left < 0 }
	switch v.Kind() {
	case reflect.String:
		if hit() {
			v.SetString(v.String() + "x")
			return "", true
		}
	case reflect.Int:
		if hit() {
			v.SetInt(v.Int() + 1)
			return "", true
		}
	case reflect.Slice:
		if hit() {
			v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
			return "", true
		}
		for i := range v.Len() {
			if name, ok := mutate(v.Index(i), n); ok {
				return name, true
			}
		}
	case reflect.Pointer:
		if hit() {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			} else {
				v.SetZero()
			}
			return "", true
		}
		if !v.IsNil() {
			return mutate(v.Elem(), n)
		}
	case reflect.Struct:
		if at, isTime := v.Interface().(time.Time); isTime {
			if hit() {
				v.Set(reflect.ValueOf(at.Add(time.Nanosecond)))
				return "", true
			}
			return "", false
		}
		for i := range v.NumField() {
			if name, ok := mutate(v.Field(i), n); ok {
				return v.Type().Field(i).Name + "." + name, true
			}
		}
	default:
		panic("no way to change a " + v.Kind().String())
	}
	return "", false
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	whole := told()
	rehash := func(es []Entry, i int) { es[i].Sum = sum(es[i]); es[i].Hash = hash(es[i]) }
	for name, tt := range map[string]struct {
		change func(es []Entry) []Entry
		want   string
	}{
		"text":             {func(es []Entry) []Entry { es[0].Text = "nothing"; return es }, "entry 1 (commented, 2026-03-01T12:00:00Z): its text is not the one that was written"},
		"text of an order": {func(es []Entry) []Entry { es[3].Order.Reply = "no"; return es }, "entry 4 (ordered, 2026-03-01T12:02:00Z): its text"},
		"one text blanked": {func(es []Entry) []Entry { es[3].Order.Said = ""; return es }, "entry 4 (ordered, 2026-03-01T12:02:00Z): its text"},
		"text added":       {func(es []Entry) []Entry { es[1].Text = "by the way"; return es }, "entry 2 (declared, 2026-03-01T12:00:00Z): its text"},
		"text and digest":  {func(es []Entry) []Entry { es[0].Text = "nothing"; es[0].Sum = sum(es[0]); return es }, "entry 1 (commented, 2026-03-01T12:00:00Z): it does not match its hash"},
		"author":           {func(es []Entry) []Entry { es[4].By = "mallory"; return es }, "entry 5 (ticket added, 2026-03-01T12:03:00Z): it does not match its hash"},
		"written anew":     {func(es []Entry) []Entry { es[2].By = "mallory"; rehash(es, 2); return es }, "entry 4 (ordered, 2026-03-01T12:02:00Z) was not written after entry 3"},
		"one taken out":    {func(es []Entry) []Entry { return slices.Delete(es, 2, 3) }, "entry 4 (ordered, 2026-03-01T12:02:00Z) stands where entry 3 belongs"},
		"start cut off":    {func(es []Entry) []Entry { return es[1:] }, "entry 2 (declared, 2026-03-01T12:00:00Z) stands where entry 1 belongs"},
		"start cut off, renumbered": {func(es []Entry) []Entry { es = es[1:]; es[0].Seq = 1; rehash(es, 0); return es },
			"entry 1 (declared, 2026-03-01T12:00:00Z) names a predecessor, but is the first"},
		"swapped":  {func(es []Entry) []Entry { es[1], es[2] = es[2], es[1]; return es }, "entry 3 (role began, 2026-03-01T12:00:00Z) stands where entry 2 belongs"},
		"repeated": {func(es []Entry) []Entry { return append(es, es[6]) }, "entry 7 (role ended, 2026-03-01T12:09:00Z) stands after entry 7"},
	} {
		err := Verify(tt.change(deepCopy(whole)))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestVerifyAllKnowsTheEnd(t *testing.T) {
	whole := told()
	r := Fold(incident.Record{}, whole)
	if err := VerifyAll(r, whole); err != nil {
		t.Error(err)
	}
	if err := VerifyAll(incident.Record{}, nil); err != nil {
		t.Error(err)
	}
	for want, entries := range map[string][]Entry{
		"the ledger ends with entry 5, but the record knows of 7: the end was cut off": whole[:5],
		"the ledger ends with entry 0, but the record knows of 7: the end was cut off": nil,
		"entry 7: the record knows another hash for it: the ledger was written anew":   Chain(incident.Record{}, whole, noon),
		"entry 8: the record knows of 7 entries only: this one was added past it": append(slices.Clone(whole),
			Chain(r, []Entry{{At: noon, Kind: Sealed}}, noon)...),
	} {
		if err := VerifyAll(r, entries); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestRedactBlanksTheTextAndKeepsTheChain(t *testing.T) {
	whole := told()
	redacted, err := redact(whole, 4)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(redacted)
	record, _ := json.Marshal(Fold(incident.Record{}, redacted))
	if strings.Contains(string(data)+string(record), "hunter2") {
		t.Errorf("the secret is still there: %s\n%s", data, record)
	}
	if err := VerifyAll(Fold(incident.Record{}, whole), redacted); err != nil {
		t.Error(err)
	}
	if redacted[3].Sum != whole[3].Sum || redacted[3].Sum == "" || redacted[0].Text == "" {
		t.Error("the digest is gone, or another text")
	}
	if !reflect.DeepEqual(whole, told()) {
		t.Error("the given ledger was changed")
	}
	redacted[3].Text = "something else"
	if Verify(redacted) == nil {
		t.Error("a redacted text was replaced unnoticed")
	}
	for seq, want := range map[int]string{9: "the ledger has no entry 9: it has 7 entries", 2: "entry 2 holds no text: nothing to blank"} {
		if _, err := redact(whole, seq); err == nil || err.Error() != want {
			t.Errorf("Redact %d: %v", seq, err)
		}
	}
}

func TestRedactAnyEntryVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := Chain(incident.Record{}, rapid.SliceOfN(genEntry, 1, 8).Draw(t, "entries"), noon)
		seq := rapid.IntRange(1, len(entries)).Draw(t, "seq")
		redacted, err := redact(entries, seq)
		if err != nil {
			if hasText(entries[seq-1]) {
				t.Fatal(err)
			}
			return
		}
		if hasText(redacted[seq-1]) {
			t.Fatal("text is left")
		}
		if err := Verify(deepCopy(redacted)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzVerify changes the JSON of a ledger: whatever still verifies says the
// same, texts blanked at most.
func FuzzVerify(f *testing.F) {
	whole := told()
	data, err := json.Marshal(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("[]"))
	f.Add([]byte("null"))
	f.Add([]byte(strings.Replace(string(data), "alice", "mallory", 1)))
	f.Add([]byte(strings.Replace(string(data), `"seq":2`, `"seq":3`, 1)))
	head := map[string]Entry{}
	for _, e := range whole {
		head[e.Hash] = e
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var entries []Entry
		if json.Unmarshal(data, &entries) != nil || Verify(entries) != nil || len(entries) == 0 {
			return
		}
		last := entries[len(entries)-1]
		if _, ok := head[last.Hash]; !ok {
			return // another ledger altogether, sound in itself
		}
		for i, e := range entries {
			want := whole[i]
			if !hasText(e) {
				want = Blank(want)
			}
			if got := stored(e); !reflect.DeepEqual(got, want) {
				t.Errorf("verified, though changed:\n%s\n%s", fmt.Sprint(got), fmt.Sprint(want))
			}
		}
	})
}
