package demo

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/store/bolt"
)

// A backup of the store, put back, costs nobody a role: what it has forgotten is
// read back, as after a lost store.
func TestAnOlderStorePutBack(t *testing.T) {
	v := newVillage(t)
	ctx := context.Background()
	file := filepath.Join(v.dir, "demo.db")
	n, err := v.Town.As("alice").OpenIssue(Repo, "Checkout fails", "x", "incident")
	v.must(err)
	v.must(v.Settle(ctx))
	reopen := func(change func()) {
		v.must(v.Store.Close())
		change()
		v.Clock.Move(5 * time.Minute)
		var err error
		v.Store, err = bolt.Open(file, bolt.Options{Clock: v.Clock.Now})
		v.must(err)
		v.must(v.hereby())
	}
	look := func() {
		for range 3 {
			v.Town.DeliverAll() // the ingress holds the first store: in vain
			v.must(v.Store.Touch(ctx, time.Time{}, incident.Key("github:acme/shop#1")))
			v.must(v.Settle(ctx))
			v.Clock.Move(2 * time.Minute)
		}
	}
	var copied []byte
	reopen(func() { copied, err = os.ReadFile(file); v.must(err) })
	_, err = v.Town.As("bob").Comment(Repo, n, "/ops")
	v.must(err)
	look()
	held := func() bool {
		return slices.ContainsFunc(v.Town.Issues(), func(i sandbox.WorldIssue) bool {
			return strings.HasPrefix(i.Title, "Operations") && i.State == "open" && slices.Equal(i.Assignees, []string{"bob"})
		})
	}
	if !held() {
		t.Fatal("bob has no ticket")
	}
	reopen(func() { os.Remove(file + "-touches"); v.must(os.WriteFile(file, copied, 0o600)) })
	look()
	if !held() {
		t.Errorf("bob lost his role:\n%+v", v.Town.Issues())
	}
}
