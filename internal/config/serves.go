package config

import (
	"net/netip"
	"slices"
	"strings"
)

// Serves reports whether a repository, "owner/name" in any case, is one of
// Repos; a public one only where Public opted in.
func (g *GitHub) Serves(name string, private bool) bool {
	owner, _, ok := strings.Cut(name, "/")
	if g == nil || !ok || !private && !g.Public {
		return false
	}
	for _, pattern := range g.Repos {
		if strings.EqualFold(pattern, name) || strings.EqualFold(pattern, owner+"/*") {
			return true
		}
	}
	return false
}

// Names returns the repositories that are named in full, without patterns.
func (g *GitHub) Names() []string {
	if g == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(g.Repos), func(r string) bool { return strings.HasSuffix(r, "/*") })
}

// Serves reports whether a project is one of Projects, by its key.
func (j *Jira) Serves(project string) bool {
	return j != nil && slices.Contains(j.Projects, project)
}

// Networks returns those from which a webhook on the secret path may come.
func (j *Jira) Networks() []netip.Prefix {
	var list []netip.Prefix
	for _, a := range j.Allow {
		if p, err := network(a); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// network reads a network, or an address, which is a network of one.
func network(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().WithZone("").Prefix(a.Unmap().BitLen())
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// Pushed reports whether Jira's webhooks are taken. If not, Jira is polled.
func (j *Jira) Pushed() bool {
	return j != nil && (len(j.WebhookSecrets) > 0 || j.WebhookBasic.User != "" || j.WebhookPath != "")
}

// Login returns the account under which Confluence is used: a user and an API
// token on Cloud, a personal access token alone on Data Center.
func (w *Confluence) Login(j *Jira) (user, token string) {
	if user, token = w.User, w.Token; token == "" {
		return j.User, j.Token
	}
	if user == "" {
		user = j.User
	}
	return user, token
}
