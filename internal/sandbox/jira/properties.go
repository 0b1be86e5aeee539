package jira

import (
	"encoding/json"
	"net/http"
)

// The bounds of properties.
const (
	maxPropertyKey   = 255
	maxPropertyValue = 32768
)

// property is one of an issue's or a comment's: any JSON under a key.
type property struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

func checkProperties(all []property) error {
	for _, p := range all {
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (p property) check() error {
	switch {
	case p.Key == "" || units(p.Key) > maxPropertyKey:
		return badRequest("The property key cannot be empty or longer than %d characters.", maxPropertyKey)
	case !json.Valid(p.Value):
		return badRequest("The property value must be a valid, non-empty JSON value.")
	case units(string(p.Value)) > maxPropertyValue:
		return badRequest("The property value cannot be longer than %d characters.", maxPropertyValue)
	}
	return nil
}

// owner is what has properties.
type owner struct {
	self string
	all  map[string]json.RawMessage
	may  bool   // the caller may change them
	what string // for messages
	set  func(func())
}

// ofIssue and ofComment find the owner that a call names.
func ofIssue(c *call) (*owner, error) {
	i, err := c.issue()
	if err != nil {
		return nil, err
	}
	return &owner{c.s.rest("issue/%d/properties", i.id), i.properties, c.s.may(c.who, i.project, EditIssues), "issue",
		func(f func()) { c.s.change(i, f) }}, nil
}

func ofComment(c *call) (*owner, error) {
	m := c.s.comment[id64(c.r.PathValue("comment"))]
	if m == nil || !c.s.sees(c.who, m.issue) || !c.s.hears(c.who, m) {
		return nil, notFound("A comment with id '%s' does not exist or you do not have permission to see it.", c.r.PathValue("comment"))
	}
	return &owner{c.s.rest("comment/%d/properties", m.id), m.properties, c.s.mayEdit(c.who, m), "comment", func(f func()) { f() }}, nil
}

type ownerOf func(*call) (*owner, error)

func listProperties(of ownerOf) handler {
	return func(c *call) (int, any, error) {
		o, err := of(c)
		if err != nil {
			return 0, nil, err
		}
		var keys []any
		for _, k := range sortedKeys(o.all) {
			keys = append(keys, map[string]any{"key": k, "self": o.self + "/" + k})
		}
		return http.StatusOK, map[string]any{"keys": list(keys)}, nil
	}
}

func getProperty(of ownerOf) handler {
	return func(c *call) (int, any, error) {
		o, err := of(c)
		if err != nil {
			return 0, nil, err
		}
		key := c.r.PathValue("property")
		v, ok := o.all[key]
		if !ok {
			return 0, nil, notFound("The property %s does not exist.", key)
		}
		return http.StatusOK, property{key, v}, nil
	}
}

func putProperty(of ownerOf) handler {
	return func(c *call) (int, any, error) {
		o, err := of(c)
		if err != nil {
			return 0, nil, err
		}
		p := property{c.r.PathValue("property"), json.RawMessage(c.body)}
		if err := p.check(); err != nil {
			return 0, nil, err
		}
		if !o.may {
			return 0, nil, forbidden("You do not have permission to edit the %s.", o.what)
		}
		status := http.StatusOK
		if _, was := o.all[p.Key]; !was {
			status = http.StatusCreated
		}
		o.set(func() { o.all[p.Key] = p.Value })
		return status, nil, nil
	}
}

func deleteProperty(of ownerOf) handler {
	return func(c *call) (int, any, error) {
		o, err := of(c)
		if err != nil {
			return 0, nil, err
		}
		key := c.r.PathValue("property")
		if !o.may {
			return 0, nil, forbidden("You do not have permission to edit the %s.", o.what)
		}
		if _, ok := o.all[key]; !ok {
			return 0, nil, notFound("The property %s does not exist.", key)
		}
		o.set(func() { delete(o.all, key) })
		return http.StatusNoContent, nil, nil
	}
}
