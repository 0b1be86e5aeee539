// Package route decides which keys a piece of news touches. Webhooks and the
// sweep share it, so that news which was lost and is read later leads to the
// same incidents.
//
// It may name too many keys: a touch without reason costs one look. It must
// never name too few, whatever is missing from the news:
//
//	the policy's label                  the issue is, or was, declared by it
//	hereby, hereby/…, hereby-ID         the issue is a head or a ticket of ours, and belongs to ID
//	a marker of ours in a text          belongs to the ID it names, even if the labels are gone
//	words that may declare              the issue may become a head
//	a parent, now or until now          whoever counts the parent counts the issue
//	a dependency                        somebody may count the issue itself
//
// News of none of these concerns no incident and yields no key.
package route

import (
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// Bounds on what a text may name, so that a pasted page of markers touches a
// handful of keys and not thousands. A text of ours holds one marker.
const (
	maxMarkers = 16
	maxID      = 64 // bytes
)

// Keys returns the keys to touch because of h, each once: the issue's own, and
// an alias for each incident it belongs to. label is the policy's label; it is
// compared without regard to case, as trackers do.
func Keys(h incident.Hint, label string) []incident.Key {
	if h.Key == "" {
		return nil
	}
	var keys []incident.Key
	if h.Tied || labelled(h.Labels, label) || slices.ContainsFunc(h.Texts, command.MayDeclare) {
		keys = append(keys, h.Key)
	}
	keys = append(keys, h.Parents...)
	for _, id := range ids(h) {
		keys = append(keys, incident.AliasOf(h.Key.Tracker(), id))
	}
	return distinct(keys)
}

// Telling reports whether a label says that an issue has to do with an
// incident: it is the policy's, or one that we put on heads and tickets.
func Telling(label, policy string) bool {
	if policy != "" && strings.EqualFold(label, policy) {
		return true
	}
	return incident.OurLabel(label)
}

func labelled(labels []string, policy string) bool {
	return slices.ContainsFunc(labels, func(l string) bool { return Telling(l, policy) })
}

// ids returns the IDs of the incidents to which labels or markers tie h.
func ids(h incident.Hint) []string {
	var ids []string
	for _, l := range h.Labels {
		if id, ok := incident.LabelID(l); ok && plausible(id) {
			ids = append(ids, id)
		}
	}
	for _, t := range h.Texts {
		found := slices.DeleteFunc(marker.IDs(t), func(id string) bool { return !plausible(id) })
		// A marker is a text's last line: what a person pasted comes before it.
		ids = append(ids, found[max(0, len(found)-maxMarkers):]...)
	}
	return ids
}

// plausible reports whether a tracker could have given out such an ID.
func plausible(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_=-", r))
	})
}

func distinct(keys []incident.Key) []incident.Key {
	var out []incident.Key
	for _, k := range keys {
		if k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
