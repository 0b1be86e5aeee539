package git

import (
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// lastEdit returns when and by whom a path was last changed, leaving out our
// own commits: what people did to it, its removal included. The zero time says
// that the fetched history does not reach back to it.
func (c *clone) lastEdit(at string) (when time.Time, by string) {
	commit, ok := c.commit(c.head)
	for ok {
		same, touched := c.origin(commit, at)
		switch {
		case same == nil && !touched:
			return time.Time{}, ""
		case touched && !c.v.wiki.ours(commit):
			return commit.Committer.When.UTC(), oneLine(commit.Author.Name)
		case same == nil:
			return time.Time{}, ""
		}
		commit = same
	}
	return time.Time{}, ""
}

// origin returns a parent from which to look on: the first in which the path
// is as it is in commit, else, with touched, the first of all. Neither: the
// fetched history ends here.
func (c *clone) origin(commit *object.Commit, at string) (parent *object.Commit, touched bool) {
	here, exists := c.lookup(commit, at)
	if commit.NumParents() == 0 {
		return nil, exists
	}
	cut := false
	for _, h := range commit.ParentHashes {
		p, ok := c.commit(h)
		if !ok {
			cut = true
			continue
		}
		if there, existed := c.lookup(p, at); existed == exists && there == here {
			return p, false
		}
		if parent == nil {
			parent = p
		}
	}
	if cut { // what is beyond the cut may be the same
		return nil, false
	}
	return parent, true
}

// ours reports whether a commit was made by us.
func (w *Wiki) ours(c *object.Commit) bool {
	return w.opt.Mail != "" && strings.EqualFold(c.Author.Email, w.opt.Mail)
}

// author signs our commits.
func (w *Wiki) author() object.Signature {
	return object.Signature{Name: w.opt.Name, Email: w.opt.Mail, When: w.opt.Clock().UTC()}
}

// Revision names one state of a whole wiki.
type Revision string

func revision(h plumbing.Hash) Revision { return Revision(h.String()) }
