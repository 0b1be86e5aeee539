package jira

import (
	"encoding/json"
	"time"
)

// dueDate is the field for the day by which an issue should be done. It is on
// the screens of every type, until [OffScreen] takes it away.
const dueDate = "duedate"

// setDue reads a day, such as "2026-12-24"; null or "" is none.
func (r *reader) setDue(raw json.RawMessage) error {
	day := ""
	if json.Unmarshal(raw, &day) != nil {
		return wrongField(dueDate, "Operation value must be a string")
	}
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		return wrongField(dueDate, "Error parsing date string: %s", day)
	}
	r.e.due = &day
	return nil
}

// midnight is a day as a history words it.
func midnight(day string) string {
	if day == "" {
		return ""
	}
	return day + " 00:00:00.0"
}

// SetDue sets the day by which an issue should be done, such as "2026-12-24";
// "" takes it away.
func (a Actor) SetDue(key, day string) error { return a.Set(key, dueDate, orNull(day)) }
