package webhooks

import (
	"bytes"
	"net/http"
	"sync"
)

// bodies lends out buffers, so that deliveries, most of which concern no
// incident, leave no garbage.
var bodies pool

type pool struct{ sync.Pool }

func (p *pool) get() *body {
	if b, ok := p.Get().(*body); ok {
		b.Reset()
		return b
	}
	return new(body)
}

func (p *pool) put(b *body) {
	if b.Cap() <= 1<<20 { // a rare giant is not worth keeping
		p.Put(b)
	}
}

type body struct{ bytes.Buffer }

// read fills the body with at most MaxBody bytes; a longer one is an
// *http.MaxBytesError. It grows as data arrives: what a sender who is not yet
// known announces is not believed, except when it announces too much.
func (b *body) read(w http.ResponseWriter, r *http.Request) error {
	limited := http.MaxBytesReader(w, r.Body, MaxBody)
	if r.ContentLength > MaxBody {
		w.Header().Set("Connection", "close")
		return &http.MaxBytesError{Limit: MaxBody}
	}
	if r.ContentLength > 0 && r.ContentLength <= 64<<10 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(limited)
	return err
}
