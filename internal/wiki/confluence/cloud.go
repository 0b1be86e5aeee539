package confluence

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// cloud is Confluence Cloud: version 2 of the API.
type cloud struct{ *client }

// values returns a query of names and values.
func values(list ...any) url.Values {
	v := url.Values{}
	for i := 0; i < len(list); i += 2 {
		v.Set(list[i].(string), fmt.Sprint(list[i+1]))
	}
	return v
}

type versionV2 struct {
	Number    int       `json:"number"`
	CreatedAt time.Time `json:"createdAt"`
	AuthorID  string    `json:"authorId"`
}

type propertyV2 struct {
	ID      string          `json:"id"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	Version versionV2       `json:"version"`
}

type pageV2 struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Title   string    `json:"title"`
	Version versionV2 `json:"version"`
	Body    struct {
		Storage struct {
			Value string `json:"value"`
		} `json:"storage"`
	} `json:"body"`
	Properties struct {
		Results []propertyV2 `json:"results"`
		Meta    struct {
			HasMore bool `json:"hasMore"`
		} `json:"meta"`
	} `json:"properties"`
	Links links `json:"_links"`
}

type links struct {
	WebUI    string `json:"webui"`
	Base     string `json:"base"`
	Download string `json:"download"`
	Next     string `json:"next"`
}

// web returns where people read a page.
func (l links) web(fallback string) string {
	if l.Base == "" {
		l.Base = fallback
	}
	u, err := url.Parse(l.Base)
	if l.WebUI == "" || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return strings.TrimRight(l.Base, "/") + l.WebUI
}

func (p pageV2) remote(base string) *remote {
	r := &remote{
		id: p.ID, status: p.Status, title: p.Title, version: p.Version.Number, by: p.Version.AuthorID, at: p.Version.CreatedAt,
		storage: p.Body.Storage.Value, web: p.Links.web(base),
	}
	for _, x := range p.Properties.Results {
		r.takeProperty(x)
	}
	return r
}

func (r *remote) takeProperty(x propertyV2) {
	if x.Key == propertyKey {
		r.property = property{x.ID, x.Version.Number, x.Value}
	}
}

func (c cloud) me(ctx context.Context) (account, error) {
	var who struct {
		AccountID string `json:"accountId"`
	}
	err := c.get(ctx, "/rest/api/user/current", nil, &who)
	return account{[]string{who.AccountID}}, err
}

func (c cloud) space(ctx context.Context, key string) (space, bool, error) {
	var answer struct {
		Results []struct {
			ID         string `json:"id"`
			Key        string `json:"key"`
			Status     string `json:"status"`
			HomepageID string `json:"homepageId"`
		} `json:"results"`
	}
	err := c.get(ctx, "/api/v2/spaces", values("keys", key, "limit", 10), &answer)
	for _, s := range answer.Results {
		if strings.EqualFold(s.Key, key) {
			return space{s.ID, s.Key, s.HomepageID, s.Status == "archived"}, true, err
		}
	}
	return space{}, false, err
}

func (c cloud) byTitle(ctx context.Context, s space, title string) (*remote, error) {
	list, err := c.pages(ctx, s, title, "")
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.Status != "trashed" && strings.EqualFold(p.Title, title) {
			r := p.remote(c.webBase())
			return r, c.recall(ctx, r)
		}
	}
	return nil, nil
}

// pages looks for pages by their title.
func (c cloud) pages(ctx context.Context, s space, title, status string) ([]pageV2, error) {
	var answer struct {
		Results []pageV2 `json:"results"`
		Links   links    `json:"_links"`
	}
	q := values("space-id", s.id, "title", title, "body-format", "storage", "limit", 10)
	if status != "" {
		q.Set("status", status)
	}
	err := c.get(ctx, "/api/v2/pages", q, &answer)
	for i := range answer.Results {
		if l := &answer.Results[i].Links; l.Base == "" {
			l.Base = answer.Links.Base
		}
	}
	return answer.Results, err
}

// recall reads the page's property.
func (c cloud) recall(ctx context.Context, r *remote) error {
	var answer struct {
		Results []propertyV2 `json:"results"`
	}
	err := c.get(ctx, "/api/v2/pages/"+url.PathEscape(r.id)+"/properties", values("key", propertyKey), &answer)
	for _, x := range answer.Results {
		r.takeProperty(x)
	}
	return err
}

func (c cloud) byID(ctx context.Context, id string) (*remote, error) {
	var p pageV2
	err := c.get(ctx, "/api/v2/pages/"+url.PathEscape(id), values("body-format", "storage", "include-properties", true), &p)
	if refused(err, http.StatusNotFound, http.StatusForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := p.remote(c.webBase())
	if r.property.version == 0 && p.Properties.Meta.HasMore {
		err = c.recall(ctx, r)
	}
	return r, err
}

// webBase is the site's address where answers do not tell it; through the
// gateway it is not known.
func (c cloud) webBase() string {
	if strings.Contains(c.opt.URL, "/ex/confluence/") {
		return ""
	}
	return c.opt.URL
}

func (c cloud) trashed(ctx context.Context, s space, title string) (bool, error) {
	list, err := c.pages(ctx, s, title, "trashed")
	for _, p := range list {
		if strings.EqualFold(p.Title, title) {
			return true, err
		}
	}
	return false, err
}

type bodyV2 struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

func (c cloud) create(ctx context.Context, s space, title, parent, storage string) (*remote, error) {
	body := struct {
		SpaceID  string `json:"spaceId"`
		Status   string `json:"status"`
		Title    string `json:"title"`
		ParentID string `json:"parentId,omitempty"`
		Body     bodyV2 `json:"body"`
	}{s.id, current, title, parent, bodyV2{"storage", storage}}
	var p pageV2
	if err := c.call(ctx, http.MethodPost, "/api/v2/pages", nil, body, &p); err != nil {
		return nil, err
	}
	return p.remote(c.webBase()), nil
}

// update tells watchers in any case: version 2 knows no minor edit.
func (c cloud) update(ctx context.Context, p *remote, storage, message string, _ bool) error {
	type version struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	}
	body := struct {
		ID      string  `json:"id"`
		Status  string  `json:"status"`
		Title   string  `json:"title"`
		Body    bodyV2  `json:"body"`
		Version version `json:"version"`
	}{p.id, current, p.title, bodyV2{"storage", storage}, version{p.version + 1, message}}
	return c.call(ctx, http.MethodPut, "/api/v2/pages/"+url.PathEscape(p.id), nil, body, nil)
}

func (c cloud) remember(ctx context.Context, p *remote, value json.RawMessage) error {
	path := "/api/v2/pages/" + url.PathEscape(p.id) + "/properties"
	type body struct {
		Key     string          `json:"key"`
		Value   json.RawMessage `json:"value"`
		Version *versionNumber  `json:"version,omitempty"`
	}
	var now propertyV2
	var err error
	if p.property.version == 0 {
		err = c.call(ctx, http.MethodPost, path, nil, body{propertyKey, value, nil}, &now)
	} else {
		err = c.call(ctx, http.MethodPut, path+"/"+url.PathEscape(p.property.id), nil, body{propertyKey, value, &versionNumber{p.property.version + 1}}, &now)
	}
	if err == nil {
		p.property = property{now.ID, now.Version.Number, value}
	}
	return err
}

type versionNumber struct {
	Number int `json:"number"`
}

func (c cloud) attachment(ctx context.Context, page, name string) (*attached, error) {
	var answer struct {
		Results []struct {
			ID       string    `json:"id"`
			Title    string    `json:"title"`
			FileSize int64     `json:"fileSize"`
			Version  versionV2 `json:"version"`
		} `json:"results"`
	}
	err := c.get(ctx, "/api/v2/pages/"+url.PathEscape(page)+"/attachments", values("filename", name, "limit", 10), &answer)
	for _, a := range answer.Results {
		if a.Title == name {
			// Not its download link, which the gateway does not serve.
			path := "/rest/api/content/" + url.PathEscape(page) + "/child/attachment/" + url.PathEscape(a.ID) + "/download"
			return &attached{a.ID, a.Version.Number, a.FileSize, path}, err
		}
	}
	return nil, err
}

func (c cloud) rights(ctx context.Context, s space) (map[string]bool, error) {
	var answer struct {
		Operations []operation `json:"operations"`
	}
	err := c.get(ctx, "/api/v2/spaces/"+url.PathEscape(s.id)+"/operations", nil, &answer)
	return operations(answer.Operations), err
}

type operation struct {
	Operation  string `json:"operation"`
	TargetType string `json:"targetType"`
}

func operations(list []operation) map[string]bool {
	may := map[string]bool{}
	for _, o := range list {
		may[o.Operation+" "+o.TargetType] = true
	}
	return may
}

// userName: Cloud knows people by their account ids alone.
func (c cloud) userName(context.Context, string) (string, error) { return "", nil }

func (c cloud) accounts(ctx context.Context, people []incident.Person) (map[incident.Person]string, map[string]string, error) {
	var answer struct {
		Results []struct {
			AccountID string `json:"accountId"`
		} `json:"results"`
	}
	body := struct {
		AccountIDs []incident.Person `json:"accountIds"`
	}{people}
	err := c.call(ctx, http.MethodPost, "/api/v2/users-bulk", nil, body, &answer)
	found := map[incident.Person]string{}
	for _, a := range answer.Results {
		found[incident.PersonOf(a.AccountID)] = `ri:account-id="` + escape(a.AccountID) + `"`
	}
	return found, nil, err
}
