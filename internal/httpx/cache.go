package httpx

import (
	"container/list"
	"io"
	"net/http"
	"sync"
)

// FromCache is the header on an answer out of the cache. Its name is the one
// by which client libraries know that an answer's other headers are old.
const FromCache = "X-From-Cache"

// Cache remembers answers that carry an ETag, and asks the server each time
// whether they still hold; a server answers that cheaply. It is bounded by
// bytes and forgets what was not used for longest. Safe for concurrent use.
type Cache struct {
	limit int

	mu    sync.Mutex
	bytes int
	byKey map[string]*list.Element
	used  *list.List // of *entry, latest first
}

type entry struct {
	key    string
	header http.Header
	body   []byte
}

func (e *entry) size() int {
	n := len(e.key) + len(e.body) + 256
	for k, vs := range e.header {
		for _, v := range vs {
			n += len(k) + len(v) + 32
		}
	}
	return n
}

// NewCache returns a cache of at most limit bytes; 0 means 64 MB.
func NewCache(limit int) *Cache {
	if limit == 0 {
		limit = 64 << 20
	}
	return &Cache{limit: limit, byKey: map[string]*list.Element{}, used: list.New()}
}

// Transport returns a RoundTripper that uses the cache for requests made as
// identity: what one account may read is never shown to another.
func (c *Cache) Transport(next http.RoundTripper, identity string) http.RoundTripper {
	return RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet || req.Header.Get("Range") != "" {
			return next.RoundTrip(req)
		}
		key := identity + "\n" + req.URL.String() + "\n" + req.Header.Get("Accept")
		known := c.get(key)
		if known != nil {
			req = req.Clone(req.Context())
			req.Header.Set("If-None-Match", known.header.Get("ETag"))
		}
		resp, err := next.RoundTrip(req)
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode == http.StatusNotModified && known != nil:
			return known.answer(resp), nil
		case resp.StatusCode == http.StatusOK && resp.Header.Get("ETag") != "":
			return c.keep(key, resp)
		}
		if gone(resp.StatusCode) {
			c.drop(key)
		}
		return resp, nil
	})
}

func gone(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// answer makes the remembered answer of one that said "not modified". What the
// new answer says, about the rate for instance, stands over the old.
func (e *entry) answer(fresh *http.Response) *http.Response {
	fresh.Body.Close()
	resp := *fresh
	resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
	resp.Header = e.header.Clone()
	for k, v := range fresh.Header {
		if k != "Content-Length" && k != "Content-Type" {
			resp.Header[k] = v
		}
	}
	resp.Header.Set(FromCache, "1")
	setBody(&resp, e.body)
	return &resp
}

func (c *Cache) keep(key string, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	setBody(resp, body)
	c.put(&entry{key: key, header: resp.Header.Clone(), body: body})
	return resp, nil
}

func (c *Cache) get(key string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[key]
	if !ok {
		return nil
	}
	c.used.MoveToFront(el)
	return el.Value.(*entry)
}

func (c *Cache) put(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(e.key)
	if e.size() > c.limit/8 { // one answer must not push out all others
		return
	}
	c.byKey[e.key] = c.used.PushFront(e)
	c.bytes += e.size()
	for c.bytes > c.limit {
		c.remove(c.used.Back().Value.(*entry).key)
	}
}

func (c *Cache) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(key)
}

func (c *Cache) remove(key string) {
	el, ok := c.byKey[key]
	if !ok {
		return
	}
	c.bytes -= el.Value.(*entry).size()
	c.used.Remove(el)
	delete(c.byKey, key)
}
