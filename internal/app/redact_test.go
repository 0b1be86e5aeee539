package app

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNoSecretReachesTheLogInAnyForm(t *testing.T) {
	const secret = `ghp_a/b+c "d"&e`
	basic := base64.StdEncoding.EncodeToString([]byte("bot:" + secret))
	address := (&url.URL{Scheme: "redis", User: url.UserPassword("bot", secret), Host: "localhost"}).String()
	var out bytes.Buffer
	r := new(redactor)
	r.Add(secret, "bot:"+secret)
	r.Learned.AddPassing("ghs_learned-later")
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(r.Handler(handler))
		log.Info("message "+secret, "plain", secret, "error", fmt.Errorf("wrapped: %w", errors.New(secret)), "stringer", slog.StringValue(secret))
		log.Info("quoted", "it", fmt.Sprintf("%q", secret), "query", url.QueryEscape(secret), "path", url.PathEscape(secret), "address", address)
		log.Info("encoded", "authorization", "Basic "+basic, "bytes", []byte(secret), "struct", struct{ Token string }{secret})
		log.With("before", secret).WithGroup("g").Info("grouped", slog.Group("in", "it", secret), "token", "ghs_learned-later")
	}
	for _, form := range append(forms(secret), basic, "ghs_learned", "ghp_", "a/b+c", "d\\\\\\\"") {
		if strings.Contains(out.String(), form) {
			t.Errorf("the log shows %q:\n%s", form, out.String())
		}
	}
	if strings.Contains(out.String(), "103 104 112") {
		t.Errorf("the log shows the bytes of a secret:\n%s", out.String())
	}
	if n := strings.Count(out.String(), hidden); n < 20 {
		t.Errorf("%d redactions, expected at least 20:\n%s", n, out.String())
	}
}

func TestASecretThatBeginsWithAnotherIsBlankedWhole(t *testing.T) {
	r := new(redactor)
	r.Add("hunter2")
	r.Add("hunter2-admin")
	if got := r.Redact("it is hunter2-admin"); got != "it is "+hidden {
		t.Errorf("%q", got)
	}
}

func TestLongTextsAreBounded(t *testing.T) {
	r := new(redactor)
	if got := r.Redact(strings.Repeat("é", maxText)); len(got) > maxText+40 || !strings.Contains(got, "bytes more") {
		t.Errorf("%d bytes: …%s", len(got), got[len(got)-40:])
	}
}

func TestRedactionHoldsForAnySecretAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Letters that the note of a redaction does not have, so that it
		// cannot be mistaken for what it replaced.
		secret := rapid.StringMatching(`[A-Z0-9/+&% "]{1,12}`).Draw(t, "secret")
		before := rapid.StringMatching(`[A-Z0-9 ]{0,12}`).Draw(t, "before")
		r := new(redactor)
		r.Add(secret)
		for _, form := range forms(secret) {
			if got := r.Redact(before + form); strings.Contains(got, form) {
				t.Fatalf("Redact(%q) = %q still holds %q", before+form, got, form)
			}
		}
	})
}
