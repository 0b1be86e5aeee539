package bolt

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func FuzzItem(f *testing.F) {
	f.Add(item{due: 1, dirty: 2, tries: 3, token: "t"}.encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := decodeItem(b)
		if err != nil {
			return
		}
		if again, err := decodeItem(it.encode()); err != nil || again != it {
			t.Errorf("%+v comes back as %+v, %v", it, again, err)
		}
	})
}

func FuzzDueKey(f *testing.F) {
	f.Add(dueKey(1_795_360_000_000, incident.Key("github:acme/shop#1")))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		at, key, err := cutDue(b)
		if err != nil {
			return
		}
		if string(dueKey(at, key)) != string(b) {
			t.Errorf("%d and %q come back as %q, not %q", at, key, dueKey(at, key), b)
		}
	})
}
