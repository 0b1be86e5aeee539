package notify

import "sync"

// maxReceipts bounds the messages remembered.
const maxReceipts = 4096

// receipts remembers, of the latest messages, at which addresses each came to
// its end. It is safe for concurrent use; the zero value is empty.
type receipts struct {
	mu    sync.Mutex
	ends  map[string]map[string]string // by message id, by address: see put
	order []string                     // the ids, oldest first
}

// put notes that an address has a message, or, with a reason, that it refused
// it for good.
func (r *receipts) put(id, address, refused string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ends == nil {
		r.ends = map[string]map[string]string{}
	}
	if r.ends[id] == nil {
		if len(r.order) == maxReceipts {
			delete(r.ends, r.order[0])
			r.order = r.order[1:]
		}
		r.ends[id] = map[string]string{}
		r.order = append(r.order, id)
	}
	r.ends[id][address] = refused
}

// get reports whether a message came to its end at an address, and why it was
// refused there, if it was.
func (r *receipts) get(id, address string) (refused string, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused, ended = r.ends[id][address]
	return refused, ended
}
