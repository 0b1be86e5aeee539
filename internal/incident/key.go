package incident

import (
	"fmt"
	"strings"
)

// Key names what the queue holds and what is locked: mostly the head of an
// incident. It takes one of three forms:
//
//	TRACKER:REF          an issue, perhaps a head: "TRACKER:acme/shop#12", "TRACKER:OPS-12"
//	TRACKER:#ID          an alias: whichever head has this ID, found in the pass
//	sweep:TRACKER:PLACE  a repository or project whose changes are to be read
type Key string

const sweep = "sweep:"

// KeyOf returns the key of the issue ref on tracker.
func KeyOf(tracker string, ref Ref) Key { return Key(tracker + ":" + string(ref)) }

// AliasOf returns the key that stands for the head with the given ID, which a
// tracker tells: on it, or on the one that the ID names (see IDAbroad).
func AliasOf(tracker, id string) Key {
	if name, own, ok := strings.Cut(id, "-"); ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" {
		tracker, id = name, own
	}
	return Key(tracker + ":#" + id)
}

// IDAbroad returns the ID that an incident of one tracker has on the others.
func IDAbroad(tracker, id string) string { return tracker + "-" + id }

// SweepOf returns the key under which a place is swept.
func SweepOf(tracker, place string) Key { return Key(sweep + tracker + ":" + place) }

// Tracker returns the tracker's name in any form of key.
func (k Key) Tracker() string {
	t, _, _ := strings.Cut(strings.TrimPrefix(string(k), sweep), ":")
	return t
}

// Ref returns the issue a key names, or "" if the key is an alias or a sweep.
func (k Key) Ref() Ref {
	if k.IsSweep() {
		return ""
	}
	_, rest, _ := strings.Cut(string(k), ":")
	if strings.HasPrefix(rest, "#") {
		return ""
	}
	return Ref(rest)
}

// Alias returns the ID an alias stands for, or "" if the key is no alias.
func (k Key) Alias() string {
	if k.IsSweep() {
		return ""
	}
	_, rest, _ := strings.Cut(string(k), ":")
	id, ok := strings.CutPrefix(rest, "#")
	if !ok {
		return ""
	}
	return id
}

// IsSweep reports whether the key stands for a place to sweep.
func (k Key) IsSweep() bool { return strings.HasPrefix(string(k), sweep) }

// Place returns the repository or project of a sweep or an issue key.
func (k Key) Place() string {
	if rest, ok := strings.CutPrefix(string(k), sweep); ok {
		_, place, _ := strings.Cut(rest, ":")
		return place
	}
	return k.Ref().Place()
}

// ParseKey reads the key of an issue as a person types it on a command line.
func ParseKey(text string) (Key, error) {
	tracker, rest, ok := strings.Cut(text, ":")
	ref, refOK := ParseRef(rest, "")
	if !ok || tracker == "" || !refOK {
		return "", fmt.Errorf("%q is not the key of an incident: expected TRACKER:PLACE#NUMBER or TRACKER:PLACE-NUMBER", text)
	}
	return KeyOf(tracker, ref), nil
}
