package httpx

import (
	"crypto/x509"
	"errors"
	"fmt"
)

// untrusted adds to the error of a request what to do where it failed because
// nobody whom this machine knows vouches for the server.
func untrusted(err error) error {
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		return err
	}
	return fmt.Errorf("%w; if that authority is your own, put its certificate, as PEM, into a directory and name that in the environment variable SSL_CERT_DIR", err)
}
