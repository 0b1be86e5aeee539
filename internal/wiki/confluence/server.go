package confluence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// server is what differs between the editions.
type server interface {
	me(ctx context.Context) (account, error)
	// space returns a space by its key; found is false if we see none.
	space(ctx context.Context, key string) (s space, found bool, err error)
	// byTitle returns the page of that title, in the space, with its property;
	// nil if there is none that we see.
	byTitle(ctx context.Context, s space, title string) (*remote, error)
	// byID returns a page wherever it is; nil if we see none.
	byID(ctx context.Context, id string) (*remote, error)
	// trashed reports whether a page of that title is in the trash.
	trashed(ctx context.Context, s space, title string) (bool, error)
	create(ctx context.Context, s space, title, parent, storage string) (*remote, error)
	// update writes the version after the one that p is. Where the server can
	// tell watchers of a version or not, they are told if news.
	update(ctx context.Context, p *remote, storage, message string, news bool) error
	// remember sets the property on the page.
	remember(ctx context.Context, p *remote, value json.RawMessage) error
	// attachment returns the page's attachment of that name; nil if there is none.
	attachment(ctx context.Context, page, name string) (*attached, error)
	// rights returns what we may do in a space, as "create page".
	rights(ctx context.Context, s space) (map[string]bool, error)
	// userName returns the name of an account by its key; "" if it has none.
	userName(ctx context.Context, key string) (string, error)
	// accounts returns the attributes by which people are mentioned, without
	// those who have no account here, and their names by their keys.
	accounts(ctx context.Context, people []incident.Person) (attributes map[incident.Person]string, names map[string]string, err error)
}

// propertyKey names the property that holds what we remember of a page.
const propertyKey = "hereby"

type account struct{ ids []string }

type space struct {
	id, key, home string
	archived      bool
}

// remote is a page as the server has it.
type remote struct {
	id, status, title string
	version           int
	by                string // the account that made this version
	at                time.Time
	storage           string
	web               string // where people read it
	property          property
}

// property is a page's property of ours; without a version it is not there.
type property struct {
	id      string
	version int
	value   json.RawMessage
}

// attached is an attachment as it is listed.
type attached struct {
	id      string
	version int
	size    int64
	path    string // of its download
}

// What both editions have alike: version 1 of the API.

// labels puts labels on a page.
func (c *client) labels(ctx context.Context, page string, names ...string) error {
	type label struct {
		Prefix string `json:"prefix"`
		Name   string `json:"name"`
	}
	var list []label
	for _, n := range names {
		list = append(list, label{"global", n})
	}
	return c.call(ctx, http.MethodPost, "/rest/api/content/"+url.PathEscape(page)+"/label", nil, list, nil)
}

// labelled returns the ids of pages with a label: in a space, or in any.
func (c *client) labelled(ctx context.Context, key, label string) ([]string, error) {
	cql := "type = page and label = " + quote(label)
	if key != "" {
		cql = "space = " + quote(key) + " and " + cql
	}
	found, err := c.search(ctx, cql, 10)
	var ids []string
	for _, hit := range found.Results {
		ids = append(ids, hit.Content.ID)
	}
	return ids, err
}

// revision names the state of a space's pages: which of them was changed last,
// and how many there are, so that one that is deleted or comes back is told
// too. The search may know of a change only some time later.
func (c *client) revision(ctx context.Context, s space) (string, error) {
	found, err := c.search(ctx, "space = "+quote(s.key)+" and type = page order by lastmodified desc", 1)
	if err != nil {
		return "", err
	}
	name := fmt.Sprint(found.Total)
	for _, hit := range found.Results {
		name += fmt.Sprintf(".%s.%d", hit.Content.ID, hit.Content.Version.Number)
	}
	return name, nil
}

// finds is what a search answers.
type finds struct {
	Total   int `json:"totalSize"` // however many are asked for
	Results []struct {
		Content struct {
			ID      string        `json:"id"`
			Version versionNumber `json:"version"`
		} `json:"content"`
	} `json:"results"`
}

// search asks for pages that are current, in archived spaces too.
func (c *client) search(ctx context.Context, cql string, limit int) (found finds, err error) {
	err = c.get(ctx, "/rest/api/search", values("cql", cql, "limit", limit, "expand", "content.version", "includeArchivedSpaces", true), &found)
	return found, err
}

// quote returns a string of CQL.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// upload creates an attachment, or makes another version of it.
func (c *client) upload(ctx context.Context, page, id, name, text string) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	file, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = file.Write([]byte(text))
	}
	if err == nil {
		err = form.WriteField("minorEdit", "true")
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return err // unreachable: the buffer takes it
	}
	path := "/rest/api/content/" + url.PathEscape(page) + "/child/attachment"
	if id != "" {
		path += "/" + url.PathEscape(id) + "/data"
	}
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {form.FormDataContentType()}, "X-Atlassian-Token": {"no-check"}}
	return c.send(ctx, http.MethodPost, path, nil, header, b.Bytes(), nil)
}
