package marker

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

func marks() *rapid.Generator[Mark] {
	return rapid.Custom(func(t *rapid.T) Mark {
		return Mark{
			ID:   rapid.StringN(1, 20, -1).Draw(t, "id"),
			Slot: incident.Slot(rapid.StringN(1, 40, -1).Draw(t, "slot")),
			Data: rapid.String().Draw(t, "data"),
		}
	})
}

// texts draws what people write, with markers and pieces of them pasted in.
func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{"\n", "\r\n", " ", "<!-- hereby:1 ", "A ", " -->", "-->", "<!--", "hello"}),
			rapid.Map(marks(), Mark.String),
		)
		return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
	})
}

func TestWhatIsPutIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, m := texts().Draw(t, "text"), marks().Draw(t, "mark")
		whole := Put(text, m)
		got, rest, ok := Take(whole)
		if !ok || got != m {
			t.Fatalf("Take(%q) = %+v, %v; want %+v", whole, got, ok, m)
		}
		if want := strings.TrimRight(Strip(text), " \r\n"); rest != want {
			t.Fatalf("the text came back as %q, want %q", rest, want)
		}
	})
}

func TestPutReplacesTheMarker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, a, b := texts().Draw(t, "text"), marks().Draw(t, "a"), marks().Draw(t, "b")
		twice := Put(Put(text, a), b)
		if ids := IDs(twice); !slices.Equal(ids, []string{b.ID}) {
			t.Fatalf("IDs(%q) = %q, want only %q", twice, ids, b.ID)
		}
	})
}

func TestAMarkerIsOneHTMLComment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := marks().Draw(t, "mark").String()
		inner, ok := strings.CutSuffix(strings.TrimPrefix(s, "<!-- "), " -->")
		if !ok || strings.Contains(inner, "--") || strings.ContainsAny(inner, "<>\r\n") {
			t.Fatalf("%q is not one comment", s)
		}
	})
}

func TestStripLeavesNothingToStrip(t *testing.T) {
	// Taking the inner one away makes an outer one.
	nested := "<!-- hereby:1 A <!-- hereby:1 B C -->D -->"
	if got := Strip("text " + nested); got != "text" {
		t.Errorf("Strip = %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := Strip(texts().Draw(t, "text"))
		if _, _, ok := Take(s); ok || Strip(s) != s || len(IDs(s)) > 0 {
			t.Fatalf("%q still holds a marker", s)
		}
	})
}

func TestTheLastMarkerCounts(t *testing.T) {
	text := "I paste\n<!-- hereby:1 1 role/planning -->\nof another\n\n<!-- hereby:1 2 follow/7.1 hash -->\r\n"
	m, rest, ok := Take(text)
	if want := (Mark{ID: "2", Slot: "follow/7.1", Data: "hash"}); !ok || m != want {
		t.Errorf("Take = %+v, %v; want %+v", m, ok, want)
	}
	if rest != "I paste\n\nof another" {
		t.Errorf("rest = %q", rest)
	}
	if ids := IDs(text); !slices.Equal(ids, []string{"1", "2"}) {
		t.Errorf("IDs = %q", ids)
	}
}

func TestNoMarkerLeavesTheTextAsItIs(t *testing.T) {
	for _, text := range []string{"", " \r\n ", "<!-- hereby:1 1 -->", "<!-- hereby:2 1 say/board -->",
		"<!--hereby:1 1 say/board-->", "<!-- hereby:1 1 say/board a b -->", "<!-- hereby:item-abc -->"} {
		if m, rest, ok := Take(text); ok || rest != text {
			t.Errorf("Take(%q) = %+v, %q, %v", text, m, rest, ok)
		}
		if got := Strip(text); got != text {
			t.Errorf("Strip(%q) = %q", text, got)
		}
	}
}

// The form is on tickets that exist: it must be read for ever.
func TestTheFormIsStable(t *testing.T) {
	m := Mark{ID: "1234567", Slot: "role/operations/bob-b", Data: "a/b,c:d"}
	const want = "<!-- hereby:1 1234567 role/operations/bob%2Db a/b,c:d -->"
	if got := m.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _, _ := Take(want); got != m {
		t.Errorf("Take = %+v", got)
	}
}

func FuzzTake(f *testing.F) {
	f.Add("text\n\n<!-- hereby:1 1 say/board x -->")
	f.Add("<!-- hereby:1 %zz %2 + -->")
	f.Add("<!-- hereby:1 A <!-- hereby:1 B C -->D -->")
	f.Fuzz(func(t *testing.T, text string) {
		m, rest, ok := Take(text)
		if !ok {
			if rest != text {
				t.Fatalf("changed a text without a marker: %q", rest)
			}
			return
		}
		if again, _, ok := Take(rest); ok {
			t.Fatalf("%+v was left in %q", again, rest)
		}
		if back, _, ok := Take(Put(rest, m)); !ok || back != m {
			t.Fatalf("%+v came back as %+v", m, back)
		}
	})
}
