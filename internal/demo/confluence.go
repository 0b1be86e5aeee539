package demo

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
	"github.com/hereby/hereby/internal/sandbox/host"
	"github.com/hereby/hereby/internal/wiki/confluence"
)

// space is where the pages are on Confluence.
const space = "OPS"

// onConfluence is a Confluence Cloud beside the Jira, with the same accounts.
type onConfluence struct {
	*sandbox.Server
	adapter *confluence.Wiki
}

func newConfluence(s *Stage, j *onJira) library {
	c := &onConfluence{Server: sandbox.New(sandbox.Options{Clock: s.Clock.Now, URL: s.URL})}
	aliases := map[incident.Person]incident.Person{}
	for who := range contacts {
		c.AddUser(string(who))
		c.SetAccountID(string(who), j.AccountID(string(who)))
		aliases[who] = incident.PersonOf(j.AccountID(string(who)))
	}
	c.AddUser(bot)
	c.SetAccountID(bot, j.AccountID(bot))
	c.AddSpace(space, "Operations")
	c.adapter = confluence.New(confluence.Options{
		URL: c.API(), User: c.Email(bot), Token: c.Token(bot), Space: func(string) string { return space }, People: aliases,
		Clock: s.Clock.Now, Sleep: s.Clock.Sleep,
	})
	return c
}

func (c *onConfluence) wiki() reconcile.Wiki { return c.adapter }
func (c *onConfluence) shared() bool         { return true }

// behind serves Confluence where Cloud has it.
func (c *onConfluence) behind(tracker http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/wiki/") || strings.HasPrefix(r.URL.Path, "/rest/media/") { // where downloads lead
			c.Handler().ServeHTTP(w, r)
			return
		}
		tracker.ServeHTTP(w, r)
	})
}

func (c *onConfluence) sheets() []host.WorldPage { return c.Pages(space) }

// read reads a page as Hereby does.
func (c *onConfluence) read(page string) string {
	shelf, err := c.adapter.Read(context.Background(), project, []string{page})
	if err != nil {
		return ""
	}
	return shelf.Pages[page].Text
}

// write saves storage format, as the editor does.
func (c *onConfluence) write(who, page, heading, text string) error {
	section := regexp.MustCompile(`(?s)(<h2[^>]*>` + regexp.QuoteMeta(heading) + `</h2>)(.*?)(<h2|$)`)
	found, text := false, c.storage(text)
	err := c.As(who).EditPage(space, page, func(storage string) string {
		return section.ReplaceAllStringFunc(storage, func(old string) string {
			found = true
			parts := section.FindStringSubmatch(old)
			return parts[1] + text + parts[3]
		})
	})
	if err == nil && !found {
		return fmt.Errorf("there is no heading %q on %s", heading, page)
	}
	return err
}

// storage is what the editor makes of a paragraph, or of a list.
func (c *onConfluence) storage(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		item, ok := strings.CutPrefix(line, "- ")
		line = atName.ReplaceAllStringFunc(html.EscapeString(item), func(at string) string {
			return `<ac:link><ri:user ri:account-id="` + c.AccountID(at[1:]) + `" /></ac:link>`
		})
		if ok {
			line = "<li><p>" + line + "</p></li>"
		} else {
			line = "<p>" + line + "</p>"
		}
		b.WriteString(line)
	}
	if strings.HasPrefix(text, "- ") {
		return "<ul>" + b.String() + "</ul>"
	}
	return b.String()
}

var atName = regexp.MustCompile(`@[a-z]+`)

func (c *onConfluence) reword(who, page, old, new string) error {
	return c.As(who).EditPage(space, page, func(storage string) string {
		return strings.Replace(storage, html.EscapeString(old), html.EscapeString(new), 1)
	})
}
