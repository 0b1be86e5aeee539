package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.etcd.io/bbolt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/store/dial"
)

const pastedSecret = "hunter2-correct-horse"

// recovered is a service in a town with an incident whose service is back, and
// in whose comments somebody pasted a secret.
func recovered(t *testing.T) (p *program, s *sandbox.Server, file string) {
	t.Helper()
	s, api, token := town(t)
	file = inTown(t, api, token)
	p = start(t, "serve", "--config", file)
	s.AddHook("acme/shop", p.url+"/webhooks/github", hookSecret)
	begun := time.Now()
	eventually(t, "a new second: an incident older than the store waits", func() bool {
		return time.Now().Truncate(time.Second).After(begun)
	})
	n := declare(t, s)
	says := func(text string) func() bool {
		return func() bool {
			return slices.ContainsFunc(s.Comments("acme/shop", n), func(c sandbox.Comment) bool { return strings.Contains(c.Body, text) })
		}
	}
	eventually(t, "the board", says("I hereby declare this an incident"))
	first, err := s.As("bob").Comment("acme/shop", n, "/note the password is "+pastedSecret+"\n/nonsense")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.As("alice").Comment("acme/shop", n, "/restored"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the head of the ledger on the board", says("Ledger: restored at entry "))
	if err := s.As("bob").DeleteComment(first); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deletion on the ledger", func() bool {
		_, out, _ := invoke("ledger", "show", "--config", file, "--listen", strings.TrimPrefix(p.url, "http://"), "acme/shop#1")
		return strings.Contains(out, "comment deleted")
	})
	return p, s, file
}

// The whole life of a ledger's commands, at a service that runs and at its
// store once it does not (O46; design, section 11).
func TestLedgerForPeople(t *testing.T) {
	p, s, file := recovered(t)
	listen := strings.TrimPrefix(p.url, "http://")
	run := func(want int, words ...string) (out, said string) {
		t.Helper()
		code, out, said := invoke(append([]string{"ledger", words[0], "--config", file, "--listen", listen, "acme/shop#1"}, words[1:]...)...)
		if code != want {
			t.Fatalf("hereby ledger %q: exit code %d\n%s%s", words, code, out, said)
		}
		return out, said
	}
	sees := func(text string, patterns ...string) {
		t.Helper()
		for _, pattern := range patterns {
			if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
				t.Errorf("nothing like %s in\n%s", pattern, text)
			}
		}
	}

	shown, _ := run(exitOK, "show")
	sees(shown, `^\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +@alice +head changed +acme/shop#1 +opened: Checkout fails Nobody can pay\.$`,
		`@alice +declared .* by label$`, `@alice +role began +command`, `@bob +commented +comment \d+ +/note the password is `+pastedSecret+` /nonsense \[deleted later: \d+\]$`,
		`@bob +obeyed +comment \d+ +/note the password is `+pastedSecret+`.*\[deleted later: \d+\]$`, `^\d+ .* comment deleted .*comment by @bob`, `hereby +did `)
	if lines := strings.Count(shown, "\n"); !strings.Contains(shown, fmt.Sprintf("\n%d ", lines)) {
		t.Errorf("not a line for each entry:\n%s", shown)
	}
	proof, _ := run(exitOK, "verify")
	sees(proof, `the chain of \d+ entries is whole, and the record is what they add up to`, `the board shows the same: 1 of`)

	export := filepath.Join(t.TempDir(), "ledger.jsonl")
	run(exitOK, "export", "--out", export)
	if _, said := run(exitError, "export", "--out", export); !strings.Contains(said, "exists") {
		t.Errorf("an export was written over: %s", said)
	}
	verifyTheExport(t, export)

	if out, said := run(exitError, "redact", "--text", pastedSecret); !strings.Contains(said, "add --yes") || !strings.Contains(out, "commented") {
		t.Errorf("without --yes: %s%s", out, said)
	}
	if again, _ := run(exitOK, "export"); strings.Count(again, pastedSecret) < 2 {
		t.Fatal("without --yes something was blanked")
	}
	out, _ := run(exitOK, "redact", "--text", pastedSecret, "--by", "Olga Smith", "--yes")
	sees(out, `on record as entry \d+ by Olga Smith`, `delete the comment`)
	copied, _ := run(exitOK, "export")
	shown, _ = run(exitOK, "show")
	if strings.Contains(copied+shown, pastedSecret) || strings.Contains(p.log(), pastedSecret) {
		t.Errorf("the secret is still there:\n%s\n%s", shown, p.log())
	}
	sees(shown, `commented +comment \d+ +\(redacted\) \[deleted later`, `Olga Smith +redacted +- +blanked the texts of \d+`)
	proof, _ = run(exitOK, "verify")
	sees(proof, `Olga Smith blanked the texts of [\d,]+ on`, `the board shows the same`)

	p.signal(syscall.SIGTERM)
	if code := p.ends(); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	kept, err := os.ReadFile(storeOf(file))
	if err != nil || bytes.Contains(kept, []byte(pastedSecret)) {
		t.Errorf("the secret is still in the store's file, %v", err)
	}
	for _, c := range s.Comments("acme/shop", 1) {
		if strings.Contains(c.Body, pastedSecret) {
			t.Errorf("our reply still quotes it: %s", c.Body)
		}
	}
	proof, _ = run(exitOK, "verify")
	sees(proof, `the board shows the same`)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unreachable := regexp.MustCompile(`url: .*`).ReplaceAll(text, []byte("url: "+nowhere))
	if err := os.WriteFile(file, unreachable, 0o600); err != nil {
		t.Fatal(err)
	}
	proof, said := run(exitError, "verify")
	sees(proof+said, `the chain of \d+ entries is whole`, `could not be compared with the board`)

	tamper(t, storeOf(file), `"how":"declared"`, `"how":"order"`)
	_, said = run(exitError, "verify")
	sees(said, `entry \d+ \(role began, .*: it does not match its hash: it was changed`)
	if _, said := run(exitError, "redact", "1", "--yes"); !strings.Contains(said, "does not verify") {
		t.Errorf("a damaged ledger was changed: %s", said)
	}
}

// A store on Redis is not locked: the commands work on it beside the service.
func TestLedgerOnRedis(t *testing.T) {
	server := miniredis.RunT(t)
	dsn := "redis://" + server.Addr()
	s, err := dial.Open(t.Context(), dsn, dial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Touch(t.Context(), time.Time{}, "github:acme/shop#12"); err != nil {
		t.Fatal(err)
	}
	l, _, ok, err := s.Lease(t.Context(), time.Hour)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	entries := ledger.Chain(incident.Record{}, []ledger.Entry{
		{Kind: ledger.Declared, At: three, Declared: &incident.Declared{By: "alice", At: three, Via: "label"}},
		{Kind: ledger.Commented, At: three, By: "bob", Comment: "7", Text: pastedSecret},
	}, three)
	if err := s.Append(t.Context(), l, entries, ledger.Fold(incident.Record{}, entries)); err != nil {
		t.Fatal(err)
	}
	file := configuration(t, nowhere, "store: "+dsn)
	code, out, said := invoke("ledger", "redact", "--config", file, "acme/shop#12", "2", "--yes", "--by", "olga")
	if code != exitOK || !strings.Contains(out, "on record as entry 3 by olga") {
		t.Fatalf("exit code %d\n%s%s", code, out, said)
	}
	if got, err := s.Entries(t.Context(), "github:acme/shop#12", 0); err != nil || len(got) != 3 || ledger.Verify(got) != nil || got[1].Text != "" {
		t.Errorf("%+v, %v", got, err)
	}
	code, out, said = invoke("ledger", "redact", "--config", file, "acme/shop#12", "2", "--yes", "--by", "olga")
	if code != exitError || !strings.Contains(said, "entry 2 holds no text") {
		t.Errorf("again: exit code %d\n%s%s", code, out, said)
	}
}

func storeOf(file string) string { return filepath.Join(filepath.Dir(file), "hereby.db") }

// tamper changes the ledger, and nothing else, behind the program's back.
func tamper(t *testing.T, path, from, to string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		book, n := tx.Bucket([]byte("ledger")), 0
		c := book.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if changed := bytes.ReplaceAll(v, []byte(from), []byte(to)); !bytes.Equal(changed, v) {
				n++
				if err := book.Put(bytes.Clone(k), changed); err != nil {
					return err
				}
			}
		}
		if n == 0 {
			t.Errorf("nothing holds %s", from)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// verifyTheExport changes an export in every way that must be found.
func verifyTheExport(t *testing.T, export string) {
	t.Helper()
	text, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	join := func(lines ...string) string { return strings.Join(lines, "") }
	swapped := slices.Clone(lines)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	for name, c := range map[string]struct {
		text string
		code int
		says string
	}{
		"as it is":       {string(text), exitOK, fmt.Sprintf("the chain of %d entries is whole", len(lines))},
		"its heads":      {string(text), exitOK, "restored at entry "},
		"cut off":        {join(lines[:5]...), exitOK, "the end at entry 5, "}, // only the board can tell
		"its start gone": {join(lines[1:]...), exitError, "stands where entry 1 belongs"},
		"one gone":       {join(append(slices.Clone(lines[:2]), lines[3:]...)...), exitError, "stands where entry 3 belongs"},
		"reordered":      {join(swapped...), exitError, "entry 5 "},
		"one byte":       {strings.Replace(string(text), pastedSecret, "hunter3-correct-horse", 1), exitError, "its text is not the one that was written"},
		"another field":  {strings.Replace(string(text), `{"seq":4,`, `{"seq":4,"more":1,`, 1), exitError, `what should be entry 4 cannot be read: json: unknown field "more"`},
		"half a line":    {string(text[:len(text)/2]), exitError, "cannot be read"},
		"nothing":        {"", exitError, "holds no entries"},
		"a text blanked": {strings.Replace(string(text), "opened: Checkout fails\\n\\nNobody can pay.", "", 1), exitError, "its text is gone, and no later entry says who blanked it"},
		"to a terminal":  {`{"seq":1,"kind":"\u001b[2J"}`, exitError, "entry 1 (\uFFFD[2J, "},
		"something else": {"<html>", exitError, "cannot be read"},
	} {
		file := filepath.Join(t.TempDir(), "export.jsonl")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, said := invoke("ledger", "verify", "--file", file); code != c.code || !strings.Contains(out+said, c.says) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", name, code, c.code, c.says, out, said)
		}
	}
}

func TestLedgerUsage(t *testing.T) {
	file := configuration(t, nowhere)
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "show, verify, export or redact?"},
		{[]string{"prove"}, "show, verify, export or redact?"},
		{[]string{"show", "acme/shop#1"}, "add --config FILE"},
		{[]string{"show", "--config", file}, "which incident?"},
		{[]string{"show", "--config", file, "acme"}, `"acme" does not name an incident`},
		{[]string{"show", "--config", file, "acme/shop#1"}, "github:acme/shop#1: nothing is on record"},
		{[]string{"verify", "--config", file, "acme/shop#1"}, "nothing is on record"},
		{[]string{"verify", "--file", "/no/such/file"}, "no such file"},
		{[]string{"verify", "--file", file, "acme/shop#1"}, "leave out"},
		{[]string{"export", "--config", file, "--text", "x", "acme/shop#1"}, "there is no option --text"},
		{[]string{"redact", "--config", file, "acme/shop#1"}, "what is to go?"},
		{[]string{"redact", "--config", file, "acme/shop#1", "one"}, `"one" is no number`},
		{[]string{"redact", "--config", file, "--by", strings.Repeat("x", 300), "acme/shop#1", "1"}, "at most 200 bytes"},
		{[]string{"redact", "--config", file, "--by", "olga", "acme/shop#1", "1"}, "nothing is on record"},
	} {
		if code, out, said := invoke(append([]string{"ledger"}, c.args...)...); code != exitError || out != "" || !strings.Contains(said, c.says) {
			t.Errorf("%q: exit code %d, %q, %q; want %q", c.args, code, out, said, c.says)
		}
	}
	if code, said, _ := invoke("ledger", "redact", "--help"); code != exitOK || !strings.Contains(said, "--yes") || strings.Contains(said, "--dry-run") {
		t.Errorf("the help is %d %s", code, said)
	}
}

func TestALineForPeopleDrivesNoTerminal(t *testing.T) {
	if got := plain("a\x1b[2Jb\nc\t d\u202ee\u0000 "); got != "a\uFFFD[2Jb c d\uFFFDe\uFFFD" {
		t.Errorf("%q", got)
	}
	if got := shorten(strings.Repeat("ä", 101), 100); got != strings.Repeat("ä", 99)+"…" || shorten("ä", 1) != "ä" {
		t.Errorf("%q", got)
	}
}

// Only who shows the token may blank, and nothing is taken for a wish that is none.
func TestBlankingIsForTheAdministrator(t *testing.T) {
	p := &pages{store: &fakeStore{}, token: func() string { return "the-admin-token" }, log: slog.New(slog.DiscardHandler)}
	const path = "/incidents/github/acme/shop/12"
	for _, c := range []struct {
		path, authorization, body string
		status                    int
	}{
		{path, "", `{"seqs":[1],"by":"mallory"}`, http.StatusUnauthorized},
		{path, "Bearer wrong", `{"seqs":[1],"by":"mallory"}`, http.StatusUnauthorized},
		{"/incidents/nonsense", bearer, `{"seqs":[1],"by":"olga"}`, http.StatusNotFound},
		{path, bearer, `{"seqs":[1]}`, http.StatusBadRequest},
		{path, bearer, `{"seqs":[1],"by":"olga","all":true}`, http.StatusBadRequest},
		{path, bearer, `nonsense`, http.StatusBadRequest},
		{path, bearer, `{"by":"olga","text":"` + strings.Repeat("x", 3<<20) + `"}`, http.StatusBadRequest},
	} {
		if w := ask(p, httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body)), c.authorization); w.Code != c.status {
			t.Errorf("%s %q %.40s: %d %s", c.path, c.authorization, c.body, w.Code, w.Body)
		}
	}
}
