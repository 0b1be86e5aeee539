package github

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxLabel = 50

type label struct {
	id          int64
	repo        *repo
	name        string
	color       string
	description string
	standard    bool
}

// defaultLabels are those of a new repository: name, colour, description.
var defaultLabels = [][3]string{
	{"bug", "d73a4a", "Something isn't working"},
	{"documentation", "0075ca", "Improvements or additions to documentation"},
	{"duplicate", "cfd3d7", "This issue or pull request already exists"},
	{"enhancement", "a2eeef", "New feature or request"},
	{"good first issue", "7057ff", "Good for newcomers"},
	{"help wanted", "008672", "Extra attention is needed"},
	{"invalid", "e4e669", "This doesn't seem right"},
	{"question", "d876e3", "Further information is requested"},
	{"wontfix", "ffffff", "This will not be worked on"},
}

func (r *repo) label(name string) *label {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	return nil
}

// labelFor returns the repository's label of this name, creating it if the
// caller may; nil if not.
func (s *Server) labelFor(by *identity, r *repo, name string) *label {
	if l := r.label(name); l != nil {
		return l
	}
	if s.mayWrite(by, r, Write) != nil || checkLabel(name) != nil {
		return nil
	}
	return s.addLabel(by, r, name, "ededed", "")
}

func (s *Server) addLabel(by *identity, r *repo, name, color, description string) *label {
	l := &label{id: s.id(), repo: r, name: name, color: color, description: description}
	r.labels = append(r.labels, l)
	s.tellLabel("created", l, by, nil)
	return l
}

func checkLabel(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return invalid("Label", "name", "missing_field", nil)
	case utf8.RuneCountInString(name) > maxLabel:
		return unprocessable("Label", "name", "name is too long (maximum is 50 characters)")
	}
	return nil
}

func (s *Server) attach(by *identity, i *issue, l *label) {
	if slices.Contains(i.labels, l) {
		return
	}
	s.change(i, func() { i.labels, i.updated = append(i.labels, l), s.now() })
	s.record(i, by, "labeled", func(e *event) { e.label = *l })
	s.tellIssue("labeled", i, by, map[string]any{"label": s.labelView(l)})
}

func (s *Server) detach(by *identity, i *issue, l *label) {
	n := slices.Index(i.labels, l)
	if n < 0 {
		return
	}
	s.change(i, func() {
		i.labels, i.updated = slices.Delete(slices.Clone(i.labels), n, n+1), s.now()
	})
	s.record(i, by, "unlabeled", func(e *event) { e.label = *l })
	s.tellIssue("unlabeled", i, by, map[string]any{"label": s.labelView(l)})
}

func (s *Server) addLabels(by *identity, i *issue, names []string) error {
	if err := s.mayWrite(by, i.repo, Triage); err != nil {
		return err
	}
	for _, name := range names {
		if err := checkLabel(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		l := s.labelFor(by, i.repo, name)
		if l == nil {
			return forbidden("You do not have permission to create labels on this repository.")
		}
		s.attach(by, i, l)
	}
	return nil
}

func (s *Server) setLabels(by *identity, i *issue, names []string) error {
	for _, l := range slices.Clone(i.labels) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, l.name) }) {
			s.detach(by, i, l)
		}
	}
	return s.addLabels(by, i, names)
}

func (s *Server) removeLabel(by *identity, i *issue, name string) error {
	if err := s.mayWrite(by, i.repo, Triage); err != nil {
		return err
	}
	l := i.repo.label(name)
	if l == nil || !slices.Contains(i.labels, l) {
		return &apiError{status: http.StatusNotFound, message: "Label does not exist"}
	}
	s.detach(by, i, l)
	return nil
}

// labelNames reads labels as GitHub takes them: a list of names or of objects
// with a name, alone or as "labels" of an object.
type labelNames []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *labelNames) UnmarshalJSON(b []byte) error {
	var object struct{ Labels json.RawMessage }
	if json.Unmarshal(b, &object) == nil && object.Labels != nil {
		b = object.Labels
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*n = labelNames{}
	for _, r := range raw {
		var one struct{ Name string }
		if json.Unmarshal(r, &one.Name) != nil {
			if err := json.Unmarshal(r, &one); err != nil {
				return err
			}
		}
		*n = append(*n, one.Name)
	}
	return nil
}

func listLabels(c *call) (int, any, error) {
	return http.StatusOK, c.s.labelViews(page(c, c.repo.labels)), nil
}

func getLabel(c *call) (int, any, error) {
	l := c.repo.label(c.r.PathValue("name"))
	if l == nil {
		return 0, nil, notFound()
	}
	return http.StatusOK, c.s.labelView(l), nil
}

type labelBody struct {
	Name        *string `json:"name"`
	NewName     *string `json:"new_name"`
	Color       *string `json:"color"`
	Description *string `json:"description"`
}

func createLabel(c *call) (int, any, error) {
	in, err := decode[labelBody](c)
	if err != nil {
		return 0, nil, err
	}
	if err := c.mayWrite(c.repo, Write); err != nil {
		return 0, nil, err
	}
	name := text(in.Name, "")
	if err := checkLabel(name); err != nil {
		return 0, nil, err
	}
	if c.repo.label(name) != nil {
		return 0, nil, invalid("Label", "name", "already_exists", nil)
	}
	l := c.s.addLabel(c.who, c.repo, name, text(in.Color, "ededed"), text(in.Description, ""))
	v := c.s.labelView(l)
	c.header.Set("Location", v.URL)
	return http.StatusCreated, v, nil
}

func updateLabel(c *call) (int, any, error) {
	in, err := decode[labelBody](c)
	if err != nil {
		return 0, nil, err
	}
	l := c.repo.label(c.r.PathValue("name"))
	if l == nil {
		return 0, nil, notFound()
	}
	if err := c.mayWrite(c.repo, Write); err != nil {
		return 0, nil, err
	}
	changes := map[string]any{}
	if name := text(in.NewName, l.name); name != l.name {
		if err := checkLabel(name); err != nil {
			return 0, nil, err
		}
		if other := c.repo.label(name); other != nil && other != l {
			return 0, nil, invalid("Label", "name", "already_exists", nil)
		}
		changes["name"], l.name = from(l.name), name
	}
	if color := text(in.Color, l.color); color != l.color {
		changes["color"], l.color = from(l.color), color
	}
	if d := text(in.Description, l.description); d != l.description {
		changes["description"], l.description = from(l.description), d
	}
	c.s.tellLabel("edited", l, c.who, map[string]any{"changes": changes})
	return http.StatusOK, c.s.labelView(l), nil
}

func deleteLabel(c *call) (int, any, error) {
	l := c.repo.label(c.r.PathValue("name"))
	if l == nil {
		return 0, nil, notFound()
	}
	if err := c.mayWrite(c.repo, Write); err != nil {
		return 0, nil, err
	}
	for _, i := range c.repo.issues {
		if i != nil && slices.Contains(i.labels, l) {
			c.s.detach(c.who, i, l)
		}
	}
	c.repo.labels = slices.DeleteFunc(slices.Clone(c.repo.labels), func(x *label) bool { return x == l })
	c.s.tellLabel("deleted", l, c.who, nil)
	return http.StatusNoContent, nil, nil
}

func listIssueLabels(c *call) (int, any, error) {
	return http.StatusOK, c.s.labelViews(page(c, c.issue.labels)), nil
}

func addIssueLabels(c *call) (int, any, error) {
	names, err := decode[labelNames](c)
	if err == nil {
		err = c.s.addLabels(c.who, c.issue, names)
	}
	return http.StatusOK, c.s.labelViews(c.issue.labels), err
}

func setIssueLabels(c *call) (int, any, error) {
	names, err := decode[labelNames](c)
	if err == nil {
		err = c.mayWrite(c.repo, Triage)
	}
	if err == nil {
		err = c.s.setLabels(c.who, c.issue, names)
	}
	return http.StatusOK, c.s.labelViews(c.issue.labels), err
}

func clearIssueLabels(c *call) (int, any, error) {
	if err := c.mayWrite(c.repo, Triage); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.s.setLabels(c.who, c.issue, nil)
}

func removeIssueLabel(c *call) (int, any, error) {
	err := c.s.removeLabel(c.who, c.issue, c.r.PathValue("name"))
	return http.StatusOK, c.s.labelViews(c.issue.labels), err
}

func text(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}
