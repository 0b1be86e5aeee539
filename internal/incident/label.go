package incident

import (
	"slices"
	"strings"
)

// Labels of ours: people's own do not begin with "hereby" (config sees to it).
const (
	Label          = "hereby"                  // on everything we create and on every head
	LabelContested = labelPrefix + "contested" // something keeps closing the head
	LabelBlame     = labelPrefix + "blame"     // findings hold the post-mortem back
	LabelStuck     = labelPrefix + "stuck"     // the tracker refuses to reopen the head or the epic

	labelPrefix = Label + "/"
	idPrefix    = Label + "-"
)

// LabelFor returns the label that shows one word about a head or a ticket: the
// phase, the category.
func LabelFor(phase string) string { return labelPrefix + phase }

// LabelOf returns the label that ties a ticket to the incident with this ID.
func LabelOf(id string) string { return idPrefix + id }

// LabelsOf returns all labels of a ticket that we create for the incident with
// this ID: ours, and then those it is to have besides, each once in any case.
func LabelsOf(id string, besides []string) []string {
	all := []string{Label, LabelOf(id)}
	for _, label := range besides {
		if !slices.ContainsFunc(all, func(l string) bool { return strings.EqualFold(l, label) }) {
			all = append(all, label)
		}
	}
	return all
}

// LabelID returns the ID that a label ties a ticket to. Trackers do not tell
// labels apart by case, so neither does it.
func LabelID(label string) (id string, ok bool) {
	if len(label) <= len(idPrefix) || !strings.EqualFold(label[:len(idPrefix)], idPrefix) {
		return "", false
	}
	return label[len(idPrefix):], true
}

// OurLabel reports whether a label is one of ours, in any case.
func OurLabel(label string) bool {
	n := len(Label)
	return len(label) >= n && strings.EqualFold(label[:n], Label) && (len(label) == n || label[n] == '-' || label[n] == '/')
}
