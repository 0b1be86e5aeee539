package jira

import "time"

// record is an entry of an issue's history: what somebody changed at once.
type record struct {
	id    int64
	by    *user
	at    time.Time
	items []item
}

// item is one field's change. Empty ids and texts are null in JSON.
type item struct {
	field, fieldID   string
	from, fromString string
	to, toString     string
}

// note writes what was changed to the history; touched moves "updated" too.
func (s *Server) note(i *issue, by *user, touched bool, items ...item) *record {
	if len(items) == 0 {
		return nil
	}
	r := &record{id: s.id("history"), by: by, at: s.now(), items: items}
	i.history = append(i.history, r)
	if touched {
		i.updated = r.at
	}
	return r
}

func (s *Server) recordView(r *record) map[string]any {
	var items []any
	for _, it := range r.items {
		items = append(items, s.itemView(it))
	}
	v := map[string]any{"id": text(r.id), "created": s.stamp(r.at), "items": items}
	if r.by != nil {
		v["author"] = s.userView(r.by)
	}
	return v
}

func (s *Server) itemView(it item) map[string]any {
	kind := "jira"
	if it.fieldID != "" && s.field(it.fieldID) != nil && s.field(it.fieldID).custom != "" {
		kind = "custom"
	}
	v := map[string]any{"field": it.field, "fieldtype": kind, "from": orNull(it.from), "fromString": orNull(it.fromString),
		"to": orNull(it.to), "toString": orNull(it.toString)}
	if s.cloud() && it.fieldID != "" {
		v["fieldId"] = it.fieldID
	}
	return v
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
