package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Edit returns the new texts of the pages it wants to write, from the texts as
// they are now. It is called again with fresher texts when somebody else's
// push came first, so it must be pure. Pages that it does not name, and those
// it returns unchanged, are left alone; none can be deleted.
type Edit func(page func(name string) (text string, exists bool)) map[string]string

// Update writes pages in one commit, and returns the revision in which they
// read as edit wants them: a new one, or the one found if there was nothing to
// change.
//
// The error is or wraps a [*Problem], unless a name cannot be a page's or the
// context ended. One that wraps [*incident.NotYet] passes by itself. After any
// error the update may be repeated as it is: what was done is then found done.
func (w *Wiki) Update(ctx context.Context, place, message string, edit Edit) (Revision, error) {
	v, err := w.visit(ctx, place)
	if err != nil {
		return "", err
	}
	release, err := take(ctx, v.site.write)
	if err != nil {
		return "", v.stopped(ctx)
	}
	defer release()
	var last *tried
	for try := range w.opt.Tries {
		if try > 0 {
			if err := w.opt.Sleep(ctx, w.backoff(try)); err != nil {
				return "", v.stopped(ctx)
			}
		}
		t, err := v.try(ctx, message, edit)
		if err != nil || t.failed == nil {
			return revision(t.result), err
		}
		w.opt.Log.Debug("a push to a wiki failed", "place", place, "remote", v.at, "try", try+1, "answer", oneLine(v.secrets.Redact(reason(t.failed))))
		if t.refusedAgain(last) {
			return "", v.rejected(t.failed)
		}
		last = &t
	}
	return "", v.givenUp(ctx, last.failed)
}

// backoff returns how long to wait before a try: a quarter of a second and
// doubling, spread so that two processes do not meet again and again.
func (w *Wiki) backoff(try int) time.Duration {
	base := 250 * time.Millisecond << min(try-1, 5)
	return base/2 + time.Duration(w.opt.Jitter()*float64(base))
}

// tried is what became of one try of an update.
type tried struct {
	base   plumbing.Hash // the revision it stood on
	result plumbing.Hash
	failed error // why the push failed; nil: done
}

// refusedAgain reports whether the remote said no twice although nothing had
// moved in between: then it is no race but a rule.
func (t *tried) refusedAgain(last *tried) bool {
	var now, before *refusal
	return last != nil && errors.As(t.failed, &now) && errors.As(last.failed, &before) && t.base == last.base
}

func (v *visit) rejected(err error) *Problem {
	p := v.problem(Rejected)
	p.Said = oneLine(v.secrets.Redact(err.Error()))
	return p
}

// givenUp is the error of an update whose last push failed with err.
func (v *visit) givenUp(ctx context.Context, err error) error {
	var no *refusal
	if errors.Is(err, errStale) || errors.As(err, &no) {
		return v.later(v.problem(Contended), time.Time{})
	}
	return v.judge(ctx, err, true)
}

// try runs an update once, from a fresh fetch. Its error ends the update.
func (v *visit) try(ctx context.Context, message string, edit Edit) (tried, error) {
	src, err := v.look(ctx)
	if err != nil {
		return tried{}, err
	}
	c, err := v.open(ctx, src)
	if err != nil {
		return tried{}, err
	}
	changes, err := c.changes(ctx, edit)
	if err != nil || len(changes) == 0 {
		return tried{base: c.head, result: c.head}, err
	}
	commit, pack, err := c.compose(message, changes)
	if err != nil {
		return tried{}, v.judge(ctx, err, true)
	}
	err = v.push(ctx, c.source, commit, pack)
	if err == nil {
		return tried{base: c.head, result: commit}, nil
	}
	if ctx.Err() != nil {
		return tried{}, v.stopped(ctx)
	}
	if kindOf(err, v.wire, true) == ReadOnly {
		return tried{}, v.judge(ctx, err, true)
	}
	return tried{base: c.head, failed: err}, nil
}

// changes asks edit and returns the new content of each file that differs.
func (c *clone) changes(ctx context.Context, edit Edit) (map[string]string, error) {
	var failed error
	texts := edit(func(name string) (string, bool) {
		text, exists, err := c.read(ctx, name)
		if err != nil && failed == nil {
			failed = err
		}
		return text, exists
	})
	if failed != nil {
		return nil, failed
	}
	changes := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		at, differs, err := c.target(name, texts[name])
		if err != nil {
			return nil, err
		}
		if _, twice := changes[at]; twice {
			return nil, fmt.Errorf("two pages of one update, %q among them, are the same file %s", name, at)
		}
		if differs {
			changes[at] = texts[name]
		}
	}
	return changes, nil
}

func (c *clone) read(ctx context.Context, name string) (text string, exists bool, err error) {
	if err := checkName(name); err != nil {
		return "", false, err
	}
	f, ok := c.find(name)
	if !ok || !f.ordinary() {
		return "", ok, nil
	}
	text, err = c.text(ctx, f)
	return text, true, err
}

// target returns the file into which a page is to be written, and whether its
// content differs from text.
func (c *clone) target(name, text string) (at string, differs bool, err error) {
	if err := checkName(name); err != nil {
		return "", false, err
	}
	f, exists := c.find(name)
	if !exists {
		f = file{path: fileName(name)}
	}
	if exists && f.hash == plumbing.ComputeHash(plumbing.BlobObject, []byte(text)) {
		return f.path, false, nil
	}
	if exists && !writable(f) {
		return "", false, c.v.about(Occupied, f.path)
	}
	if int64(len(text)) > c.v.wiki.opt.MaxBytes {
		return "", false, c.v.about(TooLarge, f.path)
	}
	return f.path, true, nil
}

// compose makes the commit that brings the changes about, and a pack with all
// that is new in it.
func (c *clone) compose(message string, changes map[string]string) (plumbing.Hash, []byte, error) {
	var made []plumbing.Hash
	add := func(t plumbing.ObjectType, content []byte) (plumbing.Hash, error) {
		h, err := c.add(t, content)
		made = append(made, h)
		return h, err
	}
	blobs := map[string]plumbing.Hash{}
	for at, text := range changes {
		h, err := add(plumbing.BlobObject, []byte(text))
		if err != nil {
			return plumbing.ZeroHash, nil, err
		}
		blobs[at] = h
	}
	parent, _ := c.commit(c.head) // there: a clone without it is an error
	root, err := c.graft(parent.TreeHash, blobs, add)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	me := c.v.wiki.author()
	o := &plumbing.MemoryObject{}
	commit := object.Commit{Author: me, Committer: me, Message: tidy(message), TreeHash: root, ParentHashes: []plumbing.Hash{c.head}}
	if err := commit.Encode(o); err != nil {
		return plumbing.ZeroHash, nil, err
	}
	head, err := c.objects.Storage.SetEncodedObject(o)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	var pack bytes.Buffer
	_, err = packfile.NewEncoder(&pack, c.objects, false).Encode(append(made, head), 0)
	return head, pack.Bytes(), err
}

// graft returns a tree like the given one, with other content at some paths.
func (c *clone) graft(tree plumbing.Hash, blobs map[string]plumbing.Hash, add func(plumbing.ObjectType, []byte) (plumbing.Hash, error)) (plumbing.Hash, error) {
	entries, err := c.tree(tree)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	below := map[string]map[string]plumbing.Hash{}
	for _, at := range slices.Sorted(maps.Keys(blobs)) {
		first, rest, deeper := strings.Cut(at, "/")
		if !deeper {
			entries = put(entries, at, blobs[at])
			continue
		}
		if below[first] == nil {
			below[first] = map[string]plumbing.Hash{}
		}
		below[first][rest] = blobs[at]
	}
	for i, e := range entries {
		inner := below[e.name]
		if inner == nil || !e.dir() {
			continue
		}
		entries = slices.Clone(entries)
		if entries[i].hash, err = c.graft(e.hash, inner, add); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return add(plumbing.TreeObject, encodeTree(entries))
}

// tidy makes a commit message of what we want to say: git ends it at a NUL.
func tidy(message string) string {
	return strings.TrimSpace(strings.ReplaceAll(message, "\x00", "")) + "\n"
}
