package app

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
)

type fakeServer struct {
	encrypted, local bool
	err              error
}

func (f fakeServer) Probe(context.Context) (bool, error) { return f.encrypted, f.err }
func (f fakeServer) Local() bool                         { return f.local }

// mailed is a configuration with a list for each audience.
func mailed(t *testing.T) *config.Config {
	t.Helper()
	return &config.Config{
		GitHub: &config.GitHub{},
		People: map[string]config.Person{"olga": {Mail: "olga@buyer.example"}, "alice": {Name: "Alice", Mail: "alice@acme.example"}, "bob": {Name: "Bob"}},
		Owners: map[string]string{"acme/shop": "@olga", "acme/till": "@zoe"},
		Mail: &config.Mail{SMTP: "smtp://mail.acme.example", From: "hereby@acme.example", Lists: config.Lists{
			Customers: []string{"a@buyer.example", "b@buyer.example"}, All: []string{"all@acme.example"},
		}},
		Notify: config.Notify{Webhooks: []config.Webhook{{URL: "https://chat.acme.example", Events: []string{"update", "declared"}}, {URL: "https://b.acme.example", Events: []string{"closed"}}}},
		Policy: config.Policy{Timezone: "UTC", Review: config.Review{At: "10:00"}},
	}
}

func inspectMail(t *testing.T, c *config.Config, server mailServer, holders ...incident.Person) (findings int, said string) {
	t.Helper()
	policy, err := policyOf(c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m := &mailCheck{report: &report{out: &out, redact: func(s string) string { return s }}, config: c, policy: policy, server: server}
	m.run(t.Context(), holders)
	return m.findings, out.String()
}

func expect(t *testing.T, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not said:\n%s", part, said)
		}
	}
}

func TestCheckSaysWhoIsToldByWhichChannel(t *testing.T) {
	findings, said := inspectMail(t, mailed(t), fakeServer{encrypted: true}, "alice", "bob", "carol")
	expect(t, said,
		"mail is sent as hereby@acme.example; the server answers, encrypted",
		"updates for the service owner: mail to 1 address\n",
		"updates for the customers: mail to 2 addresses\n",
		"updates for the teams: 1 webhook\n",
		"the published post-mortem, and the close: mail to 1 address\n",
		"! no mail address is known of @zoe (service owners)",
		"! no mail address is known of @bob, @carol (with roles in open incidents)", "as in bob: {mail: …}",
	)
	if findings != 2 {
		t.Errorf("%d findings:\n%s", findings, said)
	}
}

func TestCheckWithoutMail(t *testing.T) {
	c := mailed(t)
	c.Mail = nil
	findings, said := inspectMail(t, c, nil, "bob")
	expect(t, said,
		"no mail server (the setting mail)",
		"updates for the service owner: recorded, not sent", "updates for the customers: recorded, not sent", "updates for the teams: 1 webhook",
		"the published post-mortem, and the close: nobody", "  no mail address is known of @bob (with roles in open incidents)",
	)
	if findings != 0 {
		t.Errorf("%d findings:\n%s", findings, said)
	}
}

func TestCheckAsksTheMailServer(t *testing.T) {
	c := mailed(t)
	c.Owners = nil
	for want, server := range map[string]fakeServer{
		"! the mail server is down":                {err: errors.New("the mail server is down")},
		"! mail leaves this machine in plain text": {},
		"  mail is sent as hereby@acme.example":    {local: true},
		"the server answers, encrypted":            {encrypted: true},
	} {
		findings, said := inspectMail(t, c, server)
		expect(t, said, want)
		if (findings > 0) != strings.HasPrefix(want, "!") {
			t.Errorf("%s: %d findings:\n%s", want, findings, said)
		}
	}
}
