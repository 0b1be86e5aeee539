package host

import (
	"errors"
	"net/http"
	"net/http/httptest"
)

// InProcess carries requests to a handler without a network: for simulations
// that make very many. A connection that the handler aborts comes back as an
// error, as over a network.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ http.Handler }

// ErrAborted is the error of a connection that the handler closed.
var ErrAborted = errors.New("the server closed the connection")

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	defer func() {
		switch e := recover(); e {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, ErrAborted
		default:
			panic(e)
		}
	}()
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, in)
	resp = rec.Result()
	resp.Request = r
	return resp, nil
}
