package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/storage/memory"
)

// store holds git objects in memory, up to a bound.
type store struct {
	*memory.Storage
	left int64 // how many bytes it still takes
}

// SetEncodedObject implements storer.EncodedObjectStorer.
func (s *store) SetEncodedObject(o plumbing.EncodedObject) (plumbing.Hash, error) {
	if s.left -= o.Size(); s.left < 0 {
		return plumbing.ZeroHash, errTooLarge
	}
	return s.Storage.SetEncodedObject(o)
}

// clone is one revision of a remote in memory, with a few commits behind it.
type clone struct {
	*source
	v       *visit
	objects *store
	commits map[plumbing.Hash]*object.Commit
	trees   map[plumbing.Hash][]entry
	files   []file
}

// file is an entry at its path.
type file struct {
	path string
	entry
}

// open fetches the latest revision. Where history was rewritten between the
// look and the fetch, it looks again.
func (v *visit) open(ctx context.Context, src *source) (*clone, error) {
	for again := 0; ; again++ {
		c, err := v.clone(ctx, src)
		var p *Problem
		if err == nil || !errors.As(err, &p) || p.Kind != Unintelligible || again == 2 {
			return c, err
		}
		now, lookErr := v.look(ctx)
		if lookErr != nil || now.head == src.head {
			return nil, err
		}
		src = now
	}
}

// clone fetches what look found. File contents are left out where they can be
// had one by one.
func (v *visit) clone(ctx context.Context, src *source) (*clone, error) {
	if !src.canPick() || v.site.isWhole() {
		return v.cloneWhole(ctx, src)
	}
	c, err := v.cloneTo(ctx, src, v.wiki.opt.History, packp.FilterBlobNone())
	if err == nil {
		return c, nil
	}
	return v.instead(ctx, src, err)
}

// instead fetches everything, after a remote refused to be selective although
// it offers that; from then on it is not asked again.
func (v *visit) instead(ctx context.Context, src *source, refused error) (*clone, error) {
	if ctx.Err() != nil || kindOf(refused, v.wire, false) != Unintelligible {
		return nil, v.judge(ctx, refused, false)
	}
	c, err := v.cloneWhole(ctx, src)
	if err != nil {
		return nil, err
	}
	v.wiki.opt.Log.Info("a wiki's remote does not hand out single files as it says it can; fetching all of it",
		"place", v.place, "remote", v.at, "answer", oneLine(v.secrets.Redact(reason(refused))))
	v.site.setWhole()
	return c, nil
}

// cloneWhole fetches all contents too; and where the history is too large,
// the last commit alone.
func (v *visit) cloneWhole(ctx context.Context, src *source) (*clone, error) {
	c, err := v.cloneTo(ctx, src, v.wiki.opt.History, "")
	if errors.Is(reveal(err), errTooLarge) {
		c, err = v.cloneTo(ctx, src, 1, "")
	}
	if err != nil {
		return nil, v.judge(ctx, err, false)
	}
	return c, nil
}

// inflation is how much larger than what was transferred a fetch may be.
const inflation = 4

func (v *visit) cloneTo(ctx context.Context, src *source, depth int, filter packp.Filter) (*clone, error) {
	c := &clone{
		source: src, v: v,
		objects: &store{memory.NewStorage(), inflation * v.wiki.opt.MaxClone},
		commits: map[plumbing.Hash]*object.Commit{},
		trees:   map[plumbing.Hash][]entry{},
	}
	if err := src.fetch(ctx, c.objects, depth, filter, src.head); err != nil {
		return nil, err
	}
	commit, ok := c.commit(src.head)
	if !ok {
		return nil, errors.New("the remote did not send the commit it was asked for")
	}
	if err := c.list(commit.TreeHash, "", 0); err != nil {
		return nil, err
	}
	return c, nil
}

// commit returns a commit that was fetched.
func (c *clone) commit(h plumbing.Hash) (*object.Commit, bool) {
	if commit, ok := c.commits[h]; ok {
		return commit, true
	}
	commit, err := object.GetCommit(c.objects, h)
	if err != nil {
		return nil, false
	}
	c.commits[h] = commit
	return commit, true
}

func (c *clone) content(t plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	o, err := c.objects.EncodedObject(t, h)
	if err != nil {
		return nil, err
	}
	r, err := o.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (c *clone) tree(h plumbing.Hash) ([]entry, error) {
	if entries, ok := c.trees[h]; ok {
		return entries, nil
	}
	b, err := c.content(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(b)
	if err != nil {
		return nil, err
	}
	c.trees[h] = entries
	return entries, nil
}

// Bounds of a walk through a tree: a few small objects can describe more
// files than there are atoms.
const (
	maxFiles = 200_000
	maxDepth = 64
)

// list collects every entry that is no directory, in the order of its paths.
func (c *clone) list(tree plumbing.Hash, dir string, depth int) error {
	entries, err := c.tree(tree)
	if err != nil {
		return err
	}
	if depth > maxDepth || len(c.files)+len(entries) > maxFiles {
		return errTooLarge
	}
	for _, e := range entries {
		at := file{dir + e.name, e}
		if _, _, page := pageOf(e.name); page || !e.dir() {
			c.files = append(c.files, at)
		}
		if e.dir() {
			if err := c.list(e.hash, at.path+"/", depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns the file in which a wiki shows the page of that name: the one
// that is called as we would call it, else Markdown before other markup, else
// the one nearest to the top. Folders do not count, nor does case.
func (c *clone) find(name string) (file, bool) {
	want, exact := fold(name), fileName(name)
	rank := func(f file) int {
		_, markup, _ := pageOf(path.Base(f.path))
		r := strings.Count(f.path, "/")
		if f.path != exact {
			r += maxDepth
		}
		if markup != "" || !f.ordinary() {
			r += 2 * maxDepth
		}
		return r
	}
	var best file
	found := false
	for _, f := range c.files {
		base := path.Base(f.path)
		if folded, _, ok := pageOf(base); !ok || folded != want || isFile(base) != isFile(name) {
			continue
		}
		if !found || rank(f) < rank(best) {
			best, found = f, true
		}
	}
	return best, found
}

// writable reports whether a page's file is one that we may write.
func writable(f file) bool {
	_, markup, _ := pageOf(path.Base(f.path))
	return f.ordinary() && markup == ""
}

// need makes sure that the contents of files are there. A remote that does
// not hand them out singly is fetched whole, now and from now on.
func (c *clone) need(ctx context.Context, hashes ...plumbing.Hash) error {
	missing := slices.DeleteFunc(slices.Clone(hashes), func(h plumbing.Hash) bool {
		return c.objects.HasEncodedObject(h) == nil
	})
	if len(missing) == 0 {
		return nil
	}
	err := c.fetch(ctx, c.objects, 0, "", missing...)
	if err == nil {
		return nil
	}
	whole, err := c.v.instead(ctx, c.source, err)
	if err != nil {
		return err
	}
	*c = *whole
	return nil
}

// text returns the content of a file, within the bound of a page.
func (c *clone) text(ctx context.Context, f file) (string, error) {
	if err := c.need(ctx, f.hash); err != nil {
		return "", err
	}
	if size, err := c.objects.EncodedObjectSize(f.hash); err == nil && size > c.v.wiki.opt.MaxBytes {
		return "", c.v.about(TooLarge, f.path)
	}
	b, err := c.content(plumbing.BlobObject, f.hash)
	if err != nil {
		return "", c.v.judge(ctx, err, false)
	}
	return string(b), nil
}

func (v *visit) about(k Kind, page string) *Problem {
	p := v.problem(k)
	p.Page = oneLine(page)
	return p
}

// lookup returns the entry at a path of a commit.
func (c *clone) lookup(commit *object.Commit, at string) (e entry, ok bool) {
	tree := commit.TreeHash
	for {
		first, rest, deeper := strings.Cut(at, "/")
		entries, err := c.tree(tree)
		if err != nil {
			return entry{}, false
		}
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == first })
		if i < 0 {
			return entry{}, false
		}
		if !deeper {
			return entries[i], true
		}
		tree, at = entries[i].hash, rest
	}
}

func (s *site) isWhole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole
}

func (s *site) setWhole() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = true
}

// add stores a new object and returns its hash.
func (c *clone) add(t plumbing.ObjectType, content []byte) (plumbing.Hash, error) {
	o := &plumbing.MemoryObject{}
	o.SetType(t)
	if _, err := io.Copy(o, bytes.NewReader(content)); err != nil {
		return plumbing.ZeroHash, err
	}
	return c.objects.Storage.SetEncodedObject(o)
}
