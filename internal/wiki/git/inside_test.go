package git

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
	"pgregory.net/rapid"
)

// A huge file is recognised before it is inflated into memory.
func TestUnpackLooksBeforeItInflates(t *testing.T) {
	const size = 64 << 20
	from := memory.NewStorage()
	o := &plumbing.MemoryObject{}
	o.SetType(plumbing.BlobObject)
	if _, err := o.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	h, err := from.SetEncodedObject(o)
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if _, err := packfile.NewEncoder(&pack, from, false).Encode([]plumbing.Hash{h}, 0); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = (&store{memory.NewStorage(), 1 << 20}).unpack(pack.Bytes())
	runtime.ReadMemStats(&after)
	if err != errTooLarge {
		t.Errorf("got %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes were allocated for a file that is refused", used)
	}
}

func entries() *rapid.Generator[[]entry] {
	one := rapid.Custom(func(t *rapid.T) entry {
		e := entry{
			mode: rapid.SampledFrom([]string{modeFile, modeExecutable, modeGroup, modeDir, "120000", "160000"}).Draw(t, "mode"),
			name: rapid.StringMatching(`[a-c.\-]{1,3}`).Draw(t, "name"),
		}
		copy(e.hash[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "hash"))
		return e
	})
	return rapid.Map(rapid.SliceOfNDistinct(one, 0, 8, func(e entry) string { return e.name }), func(all []entry) []entry {
		sort.Slice(all, func(i, j int) bool { return all[i].sortKey() < all[j].sortKey() })
		return all
	})
}

func TestPutChangesOneEntryAndKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := entries().Draw(t, "tree")
		name := rapid.StringMatching(`[a-c.\-]{1,3}`).Draw(t, "name")
		hash := plumbing.NewHash("1234567890123456789012345678901234567890")
		kept := slices.Clone(old)
		got := put(old, name, hash)
		if !slices.Equal(old, kept) {
			t.Fatal("put changed its argument")
		}
		if !slices.IsSortedFunc(got, func(a, b entry) int { return strings.Compare(a.sortKey(), b.sortKey()) }) {
			t.Fatalf("out of order: %v", got)
		}
		at := slices.IndexFunc(got, func(e entry) bool { return e.name == name })
		if at < 0 || got[at].hash != hash {
			t.Fatalf("%q is not there: %v", name, got)
		}
		was := slices.IndexFunc(old, func(e entry) bool { return e.name == name })
		if was >= 0 && got[at].mode != old[was].mode {
			t.Fatalf("the mode became %s", got[at].mode)
		}
		other := func(e entry) bool { return e.name == name }
		if !slices.Equal(slices.DeleteFunc(slices.Clone(got), other), slices.DeleteFunc(slices.Clone(old), other)) {
			t.Fatalf("other entries changed: %v to %v", old, got)
		}
	})
}

func FuzzParseTree(f *testing.F) {
	hash := strings.Repeat("h", 20)
	f.Add([]byte("100644 a.md\x00" + hash + "40000 dir\x00" + hash))
	f.Add([]byte("100664 \xff\x00" + hash))
	f.Add([]byte("100644 a"))
	f.Add([]byte(" \x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := parseTree(b)
		if err == nil && !bytes.Equal(encodeTree(entries), b) {
			t.Errorf("%q becomes %q", b, encodeTree(entries))
		}
	})
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"Postmortem-12", "Postmortem 12", "Incidents", "a.json", "v1.2", "x.md", "Home", "../x", "a\x00b", ".md"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) != nil {
			return
		}
		at := fileName(name)
		if strings.ContainsAny(at, "/\\\x00\n") || strings.HasPrefix(at, ".") || strings.HasPrefix(at, "_") || strings.Contains(at, "..") {
			t.Errorf("%q becomes the file %q", name, at)
		}
		c := &clone{files: []file{{at, entry{mode: modeFile, name: at}}}}
		if _, ok := c.find(name); !ok {
			t.Errorf("%q is not found in its own file %q", name, at)
		}
	})
}

func FuzzOneLine(f *testing.F) {
	f.Add("remote: no\r\n\x1b[31mred")
	f.Add("<HTML>log in")
	f.Fuzz(func(t *testing.T, s string) {
		got := oneLine(s)
		if strings.ContainsAny(got, "\n\r\x1b\x00") || len([]rune(got)) > 201 {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	var c cache
	page := map[string]Page{"P": {Text: strings.Repeat("x", cacheBytes/4)}}
	for k := range 6 {
		c.put(fmt.Sprint(k), "r", page)
		if _, ok := c.get("0", "r", []string{"P"}); k < 3 && !ok {
			t.Errorf("the first is forgotten at %d", k)
		}
	}
	for k := range 6 {
		_, ok := c.get(fmt.Sprint(k), "r", []string{"P"})
		if want := k == 0 || k > 3; ok != want {
			t.Errorf("%d is there: %v, want %v", k, ok, want)
		}
	}
	if c.size > cacheBytes || len(c.byKey) != c.recency.Len() || len(c.byKey) != 3 {
		t.Errorf("%d bytes in %d entries", c.size, len(c.byKey))
	}
	c.put("huge", "r", map[string]Page{"P": {Text: strings.Repeat("x", cacheBytes)}})
	if c.size != 0 || len(c.byKey) != 0 {
		t.Errorf("what is larger than the cache stays: %d bytes", c.size)
	}
}

func TestAddresses(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.github.com":          "https://github.com/acme/shop.wiki.git",
		"https://ghe.acme.example/api/v3": "https://ghe.acme.example/acme/shop.wiki.git",
		"http://127.0.0.1:8090/api/v3":    "http://127.0.0.1:8090/acme/shop.wiki.git",
		"":                                "https://github.com/acme/shop.wiki.git",
	} {
		if got := Beside(api)("acme/shop"); got != want {
			t.Errorf("%s: got %s, want %s", api, got, want)
		}
	}
	if got := Beside("https://x.example")("../a b?#/c"); got != "https://x.example/a%20b%3F%23/c.wiki.git" {
		t.Errorf("got %s", got)
	}
	for remote, want := range map[string]string{
		"https://u:p@github.com/acme/shop.wiki.git": "https://github.com/acme/shop/wiki/Post-mortem-%C3%BC",
		"https://git.example/notes.git":             "",
	} {
		if got := pageURL(remote, "Post mortem ü"); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
	if got := pageURL("https://github.com/acme/shop.wiki.git", "x.json"); got != "" {
		t.Errorf("got %s for a data file", got)
	}
}
