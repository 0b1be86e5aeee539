package main_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

// confluence is a Confluence Cloud beside the Jira, with the same accounts.
type confluence struct{ *sandbox.Server }

const space = "OPS"

func newConfluence(j *jira, url string) library {
	c := &confluence{sandbox.New(sandbox.Options{URL: url})}
	for _, who := range []string{"alice", "bob", "carol", "hereby-bot"} {
		c.AddUser(who)
		c.SetAccountID(who, j.AccountID(who))
	}
	c.AddSpace(space, "Operations")
	return c
}

func (c *confluence) serves(path string) bool {
	return strings.HasPrefix(path, "/wiki/") || strings.HasPrefix(path, "/rest/media/") // where downloads lead
}

func (c *confluence) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.Handler().ServeHTTP(w, r) }

func (c *confluence) setting(string, string) string {
	return fmt.Sprintf("confluence: {url: %s, space: %s, user: %s, token: %q}", c.API(), space, c.Email("hereby-bot"), c.Token("hereby-bot"))
}

func (c *confluence) read(page string) (string, error) {
	for _, p := range c.Pages(space) {
		if p.Name == page {
			return p.Content, nil
		}
	}
	return "", fmt.Errorf("there is no page %s", page)
}

// stored is what people write, as their editor stores it.
var stored = map[string]string{
	"Abstract":               `<p>Nobody could <em>pay</em>.<br />The pool was full, and no one saw it.</p><ac:structured-macro ac:name="status"><ac:parameter ac:name="title">OVER</ac:parameter></ac:structured-macro>`,
	"Impact on stakeholders": `<p>Carts were abandoned&nbsp; (two blanks are meant).</p>`,
	"Issues discovered":      `<ul><li><p>The pager was silent #communication</p></li></ul>`,
}

func (c *confluence) write(who, page string) error {
	return c.As(who).EditPage(space, page, func(text string) string {
		for heading, prose := range stored {
			section := regexp.MustCompile(`(?s)(<h2[^>]*>` + heading + `</h2>)(.*?)(<h2|$)`)
			text = section.ReplaceAllString(text, "${1}"+prose+"${3}")
		}
		return text
	})
}

func (c *confluence) wrote() []string {
	return []string{stored["Abstract"], stored["Impact on stakeholders"], "The pager was silent #communication → "}
}

func (c *confluence) linked() string {
	return `<li><p>The pager was silent #communication → <a href="`
}
func (c *confluence) told() []string { return []string{"hereby-item-", "<strong>closed</strong>"} }

func (c *confluence) whole(page string) error {
	var names []string
	for _, p := range c.Pages(space) {
		names = append(names, p.Name)
	}
	if want := []string{"Incidents", page, page + ".json", page + ".ledger.jsonl"}; !slices.Equal(names, want) {
		return fmt.Errorf("the space holds %v", names)
	}
	return nil
}
