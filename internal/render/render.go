// Package render turns data into the texts people read: Markdown
// (CommonMark with tables and task lists) from templates that a team may replace one by one.
//
// A replaced template that cannot be rendered must not stop an incident, so
// the built-in one stands behind each; Load already refuses one that does not
// parse. User text reaches a template raw and leaves it through one of the
// functions inline, quote, code or quiet, which make it safe for its place.
package render

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"go.yaml.in/yaml/v3"
)

// Texts are the loaded templates and checklists.
type Texts struct {
	builtin, custom *template.Template
	Checklists      Checklists
	// Failed is told of a text of the team's own that could not be filled, so
	// that the built-in one stood in; it may be nil.
	Failed func(name string, err error)
}

// Checklists holds each role's description and duties.
type Checklists map[incident.Role]Checklist

// Checklist is what one role is and must do.
type Checklist struct {
	Name    string `yaml:"name"`
	Takes   string `yaml:"takes"` // the command that takes the role
	Purpose string `yaml:"purpose"`
	Duties  []Duty `yaml:"duties"`
}

// Duty is one item of a checklist.
type Duty struct {
	ID    string `yaml:"id"`
	Proof string `yaml:"proof"` // what ticks it by itself; "" is by hand
	Text  string `yaml:"text"`
}

// Load parses the built-in texts and, in front of them, those of custom,
// which may be nil and may lack any file.
func Load(builtin, custom fs.FS, zone *time.Location) (*Texts, error) {
	t := &Texts{}
	var err error
	if t.builtin, err = parse(builtin, zone); err != nil {
		return nil, err
	}
	if t.Checklists, err = checklists(builtin); err != nil {
		return nil, err
	}
	if custom == nil {
		return t, nil
	}
	if t.custom, err = parse(custom, zone); err != nil {
		return nil, err
	}
	for _, x := range t.custom.Templates() {
		if t.builtin.Lookup(x.Name()) == nil && x.Name() != "" {
			return nil, fmt.Errorf("templates: %s is not the name of a text; the names are %s", x.Name(), strings.Join(names(t.builtin), ", "))
		}
	}
	if _, err := fs.Stat(custom, "checklists.yaml"); err == nil {
		if t.Checklists, err = checklists(custom); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func parse(files fs.FS, zone *time.Location) (*template.Template, error) {
	root := template.New("").Funcs(funcs(zone))
	list, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	for _, name := range list {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		if _, err := root.New(name).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("templates: %s: %w", name, err)
		}
	}
	return root, nil
}

func names(t *template.Template) []string {
	var list []string
	for _, x := range t.Templates() {
		if x.Name() != "" {
			list = append(list, x.Name())
		}
	}
	slices.Sort(list)
	return list
}

func checklists(files fs.FS) (Checklists, error) {
	const name = "checklists.yaml"
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	lists := Checklists{}
	if err := yaml.Unmarshal(text, &lists); err != nil {
		return nil, fmt.Errorf("templates: %s: %w", name, err)
	}
	for _, role := range incident.Roles {
		list, ok := lists[role]
		if !ok || list.Name == "" || list.Takes == "" {
			return nil, fmt.Errorf("templates: %s: the role %q needs a name and the command that takes it", name, role)
		}
		seen := map[string]bool{}
		for _, d := range list.Duties {
			if d.ID == "" || d.Text == "" || seen[d.ID] || strings.ContainsAny(d.ID, " <>\n") || strings.Contains(d.Text, "\n") {
				return nil, fmt.Errorf("templates: %s: each duty of %q needs a text of one line and an id of its own without spaces; see %q", name, role, d.ID+d.Text)
			}
			seen[d.ID] = true
		}
	}
	return lists, nil
}

func funcs(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"mention": incident.Person.Mention,
		"quiet":   Quiet,
		"inline":  Inline,
		"quote":   quote,
		"code":    Code,
		"stamp":   func(t time.Time) string { return Stamp(t, zone) },
		"day": func(t time.Time) string {
			if zone != nil {
				t = t.In(zone)
			}
			return t.Format("Monday 2 January 2006")
		},
	}
}

// Render returns the text of a template for its data.
func (t *Texts) Render(name string, data any) string {
	if t.custom != nil {
		if x := t.custom.Lookup(name); x != nil {
			text, err := execute(x, data)
			if err == nil {
				return text
			}
			if t.Failed != nil {
				t.Failed(name, err)
			}
		}
	}
	text, err := execute(t.builtin.Lookup(name), data)
	if err != nil {
		panic(err) // unreachable unless a built-in text and its data differ, which tests exclude
	}
	return text
}

func execute(t *template.Template, data any) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, data)
	return strings.TrimSpace(b.String()) + "\n", err
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
