package config

import "testing"

func TestServes(t *testing.T) {
	g := &GitHub{Repos: []string{"acme/shop", "Umbrella/*"}}
	for _, x := range []struct {
		name    string
		private bool
		want    bool
	}{
		{"acme/shop", true, true}, {"ACME/Shop", true, true}, {"acme/shop", false, false}, {"acme/shopping", true, false},
		{"umbrella/any", true, true}, {"umbrella/any", false, false}, {"umbrella", true, false}, {"", true, false}, {"acme/*", true, false},
	} {
		if got := g.Serves(x.name, x.private); got != x.want {
			t.Errorf("Serves(%q, private %v) = %v", x.name, x.private, got)
		}
	}
	g.Public = true
	if !g.Serves("acme/shop", false) {
		t.Error("a public repository is not served although public is true")
	}
	if (*GitHub)(nil).Serves("acme/shop", true) {
		t.Error("no section serves a repository")
	}
}
