package incident

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseRef(t *testing.T) {
	const shop, ops = Ref("acme/shop#1"), Ref("OPS-1")
	for text, c := range map[string]struct {
		home Ref
		want Ref // "": it is none
	}{
		"#12":              {shop, "acme/shop#12"},
		"12":               {shop, "acme/shop#12"},
		" 12":              {shop, ""},
		"#7":               {ops, "OPS-7"},
		"#8":               {"", ""},
		"#0":               {shop, ""},
		"#012":             {shop, ""},
		"acme/web.2#3":     {ops, "acme/web.2#3"},
		"<acme/web#3>":     {shop, "acme/web#3"},
		"acme/..#3":        {shop, ""},
		"acme/.#3":         {shop, ""},
		"acme/web/x#3":     {shop, ""},
		"-acme/web#3":      {shop, ""},
		"bob_acme/notes#3": {shop, "bob_acme/notes#3"}, // an enterprise's user
		"_acme/web#3":      {shop, ""},
		"../admin#3":       {shop, ""},
		"a/../admin#3":     {shop, ""},
		"https://github.com/bob_acme/notes/issues/3": {shop, "bob_acme/notes#3"},
		"https://github.com/../admin/issues/3":       {shop, ""},
		"OPS-12":                                     {shop, "OPS-12"},
		"O-12":                                       {shop, ""},
		"ops-12":                                     {shop, ""},
		"OPS-12345678901234567890":                   {shop, ""},
		"https://github.com/acme/web/issues/3":       {shop, "acme/web#3"},
		"https://github.com/acme/web/pull/3/":        {shop, "acme/web#3"},
		"https://github.com/acme/web/issues/3#issuecomment-5":     {shop, "acme/web#3"},
		"<https://github.example/acme/web/issues/3?notification>": {shop, "acme/web#3"},
		"https://acme.example/jira/browse/OPS-12?x=1":             {shop, "OPS-12"},
		"https://github.com/acme/../issues/3":                     {shop, ""},
		"https://github.com/acme/%2e%2e/issues/3":                 {shop, ""},
		"https://github.com/acme/web/issues":                      {shop, ""},
		"ftp://github.com/acme/web/issues/3":                      {shop, ""},
		"javascript://x/acme/web/issues/3":                        {shop, ""},
		"":                                                        {shop, ""},
	} {
		got, ok := ParseRef(text, c.home)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q: %q, %v; want %q", text, got, ok, c.want)
		}
	}
}

// A key is read back as what it was made of, in each of its forms, and no form
// is mistaken for another.
func TestKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := rapid.StringMatching(`[a-z]{1,8}`).Filter(func(s string) bool { return s != "sweep" }).Draw(t, "tracker")
		place := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9-]{0,8}/[A-Za-z0-9_-]{1,8}|[A-Z][A-Z0-9_]{1,8}`).Draw(t, "place")
		number := rapid.StringMatching(`[1-9][0-9]{0,8}`).Draw(t, "number")
		ref := PathRef(place, number)
		if !strings.Contains(place, "/") {
			ref = Ref(place + "-" + number)
		}
		issue, alias, sweep := KeyOf(tracker, ref), AliasOf(tracker, number), SweepOf(tracker, place)
		if issue.Ref() != ref || issue.Place() != place || ref.Place() != place || ref.Number() != number || issue.Alias() != "" || issue.IsSweep() {
			t.Errorf("%q: %q in %q", issue, issue.Ref(), issue.Place())
		}
		if alias.Alias() != number || alias.Ref() != "" || alias.Place() != "" || alias.IsSweep() {
			t.Errorf("%q: %q", alias, alias.Alias())
		}
		if !sweep.IsSweep() || sweep.Place() != place || sweep.Ref() != "" || sweep.Alias() != "" {
			t.Errorf("%q: %q", sweep, sweep.Place())
		}
		if AliasOf("elsewhere", IDAbroad(tracker, number)) != alias {
			t.Errorf("an ID abroad of %q leads to %q", alias, AliasOf("elsewhere", IDAbroad(tracker, number)))
		}
		for _, k := range []Key{issue, alias, sweep} {
			if k.Tracker() != tracker {
				t.Errorf("%q is on %q", k, k.Tracker())
			}
		}
		if back, err := ParseKey(string(issue)); err != nil || back != issue {
			t.Errorf("%q is read as %q, %v", issue, back, err)
		}
		near := ref.Near(ref)
		if back, ok := ParseRef(near, ref); !ok || back != ref {
			t.Errorf("%q near itself is %q, read as %q", ref, near, back)
		}
	})
	for _, text := range []string{"", "tracker", "tracker:", ":acme/shop#1", "tracker:#12", "tracker:12", "sweep:tracker:acme/shop"} {
		if k, err := ParseKey(text); err == nil {
			t.Errorf("%q is read as %q", text, k)
		}
	}
}

func TestSlots(t *testing.T) {
	for slot, want := range map[Slot]struct {
		role    Role
		comment bool
	}{
		RoleSlot(CommandRole, "alice"): {CommandRole, false},
		RoleSlot(Operations, "alice"):  {Operations, false},
		Board:                          {"", true},
		ReplySlot("17"):                {"", true},
		"follow/17.0":                  {"", false},
		"roles/command":                {"", false},
	} {
		if slot.Role() != want.role || slot.IsComment() != want.comment {
			t.Errorf("%s: role %q, comment %v", slot, slot.Role(), slot.IsComment())
		}
	}
	if RoleSlot(Operations, "alice") == RoleSlot(Operations, "bob") || RoleSlot(CommandRole, "alice") != RoleSlot(CommandRole, "bob") {
		t.Error("operations has a slot for each person, command one for all")
	}
}

// Whatever is taken for a reference can be asked for, and reads as itself.
func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"#12", "acme/shop#1", "OPS-12", "https://github.com/acme/shop/issues/12", "https://x/browse/OPS-1", "acme/..#1", "<#1>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, home := range []Ref{"acme/shop#1", "OPS-1", ""} {
			ref, ok := ParseRef(text, home)
			if !ok {
				continue
			}
			if again, ok := ParseRef(string(ref), ""); !ok || again != ref {
				t.Errorf("%q is %q, which is read as %q, %v", text, ref, again, ok)
			}
		}
	})
}
