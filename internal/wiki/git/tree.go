package git

import (
	"bytes"
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
)

// entry is one line of a tree object. The mode is kept as it is written:
// go-git's own decoding would normalise modes that old tools left behind, and
// so change files that are not ours.
type entry struct {
	mode string
	name string
	hash plumbing.Hash
}

const (
	modeFile       = "100644"
	modeExecutable = "100755"
	modeGroup      = "100664" // an ordinary file, as early versions of git wrote it
	modeDir        = "40000"
)

func (e entry) dir() bool { return e.mode == modeDir || e.mode == "040000" }

// ordinary reports whether the entry is a file with text of its own: no
// symbolic link, submodule or directory.
func (e entry) ordinary() bool {
	return e.mode == modeFile || e.mode == modeExecutable || e.mode == modeGroup
}

// sortKey orders entries as git does: a directory as if its name ended in "/".
func (e entry) sortKey() string {
	if e.dir() {
		return e.name + "/"
	}
	return e.name
}

var errTree = errors.New("a tree object is malformed")

func parseTree(b []byte) ([]entry, error) {
	var entries []entry
	for len(b) > 0 {
		mode, rest, ok := bytes.Cut(b, []byte{' '})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(mode) == 0 || len(name) == 0 || len(rest) < len(plumbing.Hash{}) {
			return nil, errTree
		}
		e := entry{mode: string(mode), name: string(name)}
		b = rest[copy(e.hash[:], rest):]
		entries = append(entries, e)
	}
	return entries, nil
}

func encodeTree(entries []entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(e.mode)
		b.WriteByte(' ')
		b.WriteString(e.name)
		b.WriteByte(0)
		b.Write(e.hash[:])
	}
	return b.Bytes()
}

// put gives the entry of that name another hash, or adds an ordinary file in
// its place. Every other entry stays as it is.
func put(entries []entry, name string, hash plumbing.Hash) []entry {
	out := make([]entry, 0, len(entries)+1)
	at := -1
	for i, e := range entries {
		if e.name == name {
			e.hash = hash
			at = i
		}
		out = append(out, e)
	}
	if at >= 0 {
		return out
	}
	fresh := entry{modeFile, name, hash}
	for at = 0; at < len(out) && out[at].sortKey() < fresh.sortKey(); at++ {
	}
	out = append(out, entry{})
	copy(out[at+1:], out[at:])
	out[at] = fresh
	return out
}
