package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

const module = "github.com/hereby/hereby/"

// row is a line of the table; names are short.
type row struct {
	pure    bool
	imports []string
	all     bool
}

// readTable parses the table: name, "pure", imports, and a remark after two
// blanks.
func readTable(t *testing.T, table string) map[string]row {
	t.Helper()
	rows := map[string]row{}
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		name, rest := f[0], strings.TrimSpace(strings.TrimSpace(line)[len(f[0]):])
		rest, pure := strings.CutPrefix(rest, "pure ")
		list, _, _ := strings.Cut(strings.TrimSpace(rest), "  ")
		r := row{pure: pure, all: list == "*"}
		if list != "-" && list != "*" {
			r.imports = strings.Fields(list)
		}
		if _, twice := rows[name]; twice || len(r.imports) == 0 && list != "-" && list != "*" {
			t.Fatalf("the table's line %q is there twice or says nothing", strings.TrimSpace(line))
		}
		rows[name] = r
	}
	for name, r := range rows {
		for _, i := range r.imports {
			if _, ok := rows[i]; !ok {
				t.Fatalf("the table lets %s import %s, which has no line", name, i)
			}
		}
	}
	return rows
}

// short returns the name under which a directory or import stands in the table.
func short(dir string) string { return strings.TrimPrefix(dir, "internal/") }

// sources returns the parsed files of each of our packages, without tests, by
// the package's directory.
func sources(t *testing.T) (map[string][]*ast.File, *token.FileSet) {
	t.Helper()
	root := testenv.Root(t)
	fset := token.NewFileSet()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		packages[filepath.ToSlash(dir)] = append(packages[filepath.ToSlash(dir)], parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 {
		t.Fatalf("found only %d packages under %s", len(packages), root)
	}
	return packages, fset
}

func TestEachPackageImportsWhatTheTableAllows(t *testing.T) {
	rows := readTable(t, Table)
	packages, fset := sources(t)
	for dir, files := range packages {
		for _, f := range files {
			for _, complaint := range judgeImports(rows, dir, f) {
				t.Errorf("%s: %s", fset.Position(f.Pos()).Filename, complaint)
			}
		}
	}
}

func judgeImports(rows map[string]row, dir string, f *ast.File) (complaints []string) {
	name := short(dir)
	r, ok := rows[name]
	if !ok {
		return []string{"package " + name + " is not in the table of internal/archtest: decide where it belongs"}
	}
	for _, spec := range f.Imports {
		imported, ours := strings.CutPrefix(importPath(spec), module)
		if !ours {
			continue
		}
		if strings.HasPrefix(imported, "cmd/") || !r.all && !slices.Contains(r.imports, short(imported)) {
			complaints = append(complaints, name+" imports "+short(imported)+", which the table does not allow")
		}
	}
	return complaints
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

func TestPurePackagesArePure(t *testing.T) {
	packages, fset := sources(t)
	for name, r := range readTable(t, Table) {
		for _, f := range packages["internal/"+name] {
			for pos, complaint := range judgePurity(f) {
				if r.pure {
					t.Errorf("%s: a pure package %s", fset.Position(pos), complaint)
				}
			}
		}
	}
}

var (
	trackers = regexp.MustCompile(`(?i)github|jira|confluence`)
	// clock are the functions of package time that read a clock or wait.
	clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	// impure are the imports that reach out; net/url and net/mail only parse.
	impure = []string{"context", "os", "net", "syscall", "log", "runtime", "crypto/rand", "math/rand", "plugin", "unsafe"}
	parses = []string{"net/url", "net/mail", "net/netip", "net/textproto"}
)

// judgePurity returns what stands in a file that may not stand in a pure one.
func judgePurity(f *ast.File) map[token.Pos]string {
	found := map[token.Pos]string{}
	paths := map[ast.Node]bool{}
	var timeName string
	for _, spec := range f.Imports {
		paths[spec.Path] = true
		p := importPath(spec)
		if slices.ContainsFunc(impure, func(i string) bool { return p == i || strings.HasPrefix(p, i+"/") }) && !slices.Contains(parses, p) {
			found[spec.Pos()] = "imports " + p
		}
		if p == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if m := trackers.FindString(c.Text); m != "" {
				found[c.Pos()] = "names a tracker in a comment: " + m
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && timeName != "" && x.Name == timeName && slices.Contains(clock, n.Sel.Name) {
				found[n.Pos()] = "uses time." + n.Sel.Name
			}
		case *ast.Ident:
			if m := trackers.FindString(n.Name); m != "" {
				found[n.Pos()] = "names a tracker: " + n.Name
			}
		case *ast.BasicLit:
			if m := trackers.FindString(n.Value); m != "" && !paths[n] {
				found[n.Pos()] = "names a tracker in a literal: " + n.Value
			}
		}
		return true
	})
	return found
}

func TestTheTopHoldsWhatWasAgreed(t *testing.T) {
	root := testenv.Root(t)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	ignored := ignoredAtTop(t, root)
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(Top, name) {
			continue
		}
		if !slices.ContainsFunc(ignored, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok }) {
			t.Errorf("%s stands at the top of the repository, where only %s belong", name, strings.Join(Top, ", "))
		}
	}
}

// ignoredAtTop returns the patterns of .gitignore that concern the top.
func ignoredAtTop(t *testing.T, root string) (patterns []string) {
	data, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if p := strings.Trim(strings.TrimSpace(line), "/"); p != "" && !strings.HasPrefix(p, "#") && !strings.Contains(p, "/") {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

func TestNames(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "manager", "service", "misc", "base"}
	packages, fset := sources(t)
	for dir, files := range packages {
		documented := false
		for _, f := range files {
			documented = documented || f.Doc != nil
			if slices.Contains(empty, f.Name.Name) || slices.Contains(empty, path.Base(dir)) {
				t.Errorf("%s: package %s says nothing about what it holds", dir, f.Name.Name)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok && strings.HasSuffix(spec.Name.Name, "Impl") {
					t.Errorf("%s: %s is named after a technique", fset.Position(n.Pos()), spec.Name.Name)
				}
				return true
			})
		}
		if !documented {
			t.Errorf("%s: no file has a package comment, which carries the design", dir)
		}
	}
}

// The rules must be able to fail.
func TestTheRulesBite(t *testing.T) {
	parse := func(src string) *ast.File {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for name, src := range map[string]string{
		"context":      `package x; import "context"; var _ context.Context`,
		"os":           `package x; import _ "os/exec"`,
		"network":      `package x; import _ "net/http"`,
		"clock":        `package x; import "time"; var _ = time.Now()`,
		"named clock":  `package x; import t "time"; var _ = t.Since`,
		"an identifer": `package x; var GitHubToken int`,
		"a string":     `package x; const s = "ask Jira"`,
		"a comment":    "package x\n// On confluence\nvar X int",
	} {
		if len(judgePurity(parse(src))) == 0 {
			t.Errorf("%s: a file with it passes as pure", name)
		}
	}
	fine := parse(`package x; import ("time"; "net/url"; _ "github.com/yuin/goldmark"; "` + module + `internal/incident"); var _ time.Time; var _ url.URL; var _ incident.Key`)
	if found := judgePurity(fine); len(found) > 0 {
		t.Errorf("a pure file is called impure: %v", found)
	}

	rows := readTable(t, Table)
	if got := judgeImports(rows, "internal/nowhere", fine); len(got) != 1 {
		t.Errorf("a package outside the table: %q", got)
	}
	for dir, want := range map[string]int{"internal/plan": 0, "internal/sandbox/host": 1, "webhooks": 0, "internal/app": 0, "configs": 1} {
		if got := judgeImports(rows, dir, fine); len(got) != want {
			t.Errorf("%s importing incident: %q", dir, got)
		}
	}
	if got := judgeImports(rows, "webhooks", parse(`package x; import _ "`+module+`internal/reconcile"`)); len(got) != 1 {
		t.Errorf("webhooks reaching the reconciler: %q", got)
	}
	if got := judgeImports(rows, "internal/tracker/github", parse(`package x; import _ "`+module+`internal/tracker/jira"`)); len(got) != 1 {
		t.Errorf("an adapter importing its sibling: %q", got)
	}
}
