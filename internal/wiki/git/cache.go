package git

import (
	"container/list"
	"maps"
	"sync"
)

// cache remembers the pages read of each remote at its last revision. The
// least recently used remotes are forgotten when it grows beyond its bound.
// The zero value is ready.
type cache struct {
	mu      sync.Mutex
	size    int
	byKey   map[string]*list.Element // of *kept
	recency list.List                // latest first
}

type kept struct {
	key      string
	revision Revision
	pages    map[string]Page
	size     int
}

// cacheBytes bounds the cache; pageOverhead is what a page costs besides its
// text, roughly.
const (
	cacheBytes   = 32_000_000
	pageOverhead = 500
)

// get returns the named pages if all of them are known at that revision.
func (c *cache) get(key string, at Revision, names []string) (map[string]Page, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]Page{}
	if len(names) == 0 {
		return found, true
	}
	e := c.byKey[key]
	if e == nil || e.Value.(*kept).revision != at {
		return nil, false
	}
	for _, name := range names {
		p, ok := e.Value.(*kept).pages[name]
		if !ok {
			return nil, false
		}
		found[name] = p
	}
	c.recency.MoveToFront(e)
	return found, true
}

// put remembers pages, with those already known of the same revision.
func (c *cache) put(key string, at Revision, pages map[string]Page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := maps.Clone(pages)
	if e := c.byKey[key]; e != nil {
		if old := e.Value.(*kept); old.revision == at {
			for name, p := range old.pages {
				if _, ok := all[name]; !ok {
					all[name] = p
				}
			}
		}
		c.drop(e)
	}
	k := &kept{key: key, revision: at, pages: all}
	for name, p := range all {
		k.size += len(name) + len(p.Text) + pageOverhead
	}
	if c.byKey == nil {
		c.byKey = map[string]*list.Element{}
	}
	c.byKey[key] = c.recency.PushFront(k)
	c.size += k.size
	for c.size > cacheBytes {
		c.drop(c.recency.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	k := c.recency.Remove(e).(*kept)
	delete(c.byKey, k.key)
	c.size -= k.size
}
