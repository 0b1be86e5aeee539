package sim

import (
	"bytes"
	"io"
	"net/http"
)

// tripper is a function that carries requests.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// serve has a handler answer a client's request in place. A handler that breaks
// the connection breaks it.
func serve(h http.Handler, req *http.Request) (resp *http.Response, err error) {
	in := req.Clone(req.Context())
	in.Host, in.RemoteAddr, in.RequestURI = req.URL.Host, "192.0.2.1:1", req.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &writer{header: http.Header{}, status: http.StatusOK}
	defer func() {
		switch x := recover(); x {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, errReset
		default:
			panic(x)
		}
	}()
	h.ServeHTTP(w, in)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req,
	}, nil
}

// checker puts the check against a tracker's description around a handler.
type checker func(h http.Handler, report func(error)) http.Handler

// conforms are those of each town and of Confluence, once they are loaded; see
// tapeOf.
var conforms = map[string]checker{}

// inSpace names Confluence among them.
const inSpace = "confluence"

// checked holds every exchange against a description, where there is one,
// except those that a tape repeats: they were held against it when it was
// recorded.
func (r *run) checked(conform checker) func(http.Handler) http.Handler {
	return func(api http.Handler) http.Handler {
		if conform == nil {
			return api
		}
		held := conform(api, func(err error) { r.wrong("contract: %v", err) })
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if r.repeats {
				api.ServeHTTP(w, req)
				return
			}
			held.ServeHTTP(w, req)
		})
	}
}

type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *writer) Header() http.Header         { return w.header }
func (w *writer) WriteHeader(status int)      { w.status = status }
func (w *writer) Write(b []byte) (int, error) { return w.body.Write(b) }
