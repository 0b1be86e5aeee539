package confluence

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// dataCenter is Confluence Data Center: version 1 of the API.
type dataCenter struct{ *client }

type pageV1 struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Title   string `json:"title"`
	Version struct {
		Number int    `json:"number"`
		When   stamp  `json:"when"`
		By     userV1 `json:"by"`
	} `json:"version"`
	Body struct {
		Storage struct {
			Value string `json:"value"`
		} `json:"storage"`
	} `json:"body"`
	Metadata struct {
		Properties map[string]json.RawMessage `json:"properties"`
	} `json:"metadata"`
	Links links `json:"_links"`
}

// stamp is a time, which servers write with or without a colon in the zone. One
// that cannot be read is none.
type stamp time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (s *stamp) UnmarshalJSON(b []byte) error {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700"} {
		if at, err := time.Parse(`"`+form+`"`, string(b)); err == nil {
			*s = stamp(at)
			break
		}
	}
	return nil
}

// expandPage names what is asked for with a page.
const expandPage = "body.storage,version,metadata.properties." + propertyKey

func (p pageV1) remote(base string) *remote {
	r := &remote{
		id: p.ID, status: p.Status, title: p.Title, version: p.Version.Number, by: p.Version.By.UserKey, at: time.Time(p.Version.When),
		storage: p.Body.Storage.Value, web: p.Links.web(base),
	}
	if r.by == "" {
		r.by = p.Version.By.Username
	}
	var x propertyV1
	if raw := p.Metadata.Properties[propertyKey]; raw != nil && json.Unmarshal(raw, &x) == nil && x.Version.Number > 0 {
		r.property = property{x.ID, x.Version.Number, x.Value}
	}
	return r
}

type propertyV1 struct {
	ID      string          `json:"id,omitempty"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	Version versionNumber   `json:"version"`
}

func (c dataCenter) me(ctx context.Context) (account, error) {
	var who userV1
	err := c.get(ctx, "/rest/api/user/current", nil, &who)
	return account{[]string{who.UserKey, who.Username}}, err
}

func (c dataCenter) space(ctx context.Context, key string) (space, bool, error) {
	var s struct {
		ID     json.Number `json:"id"`
		Key    string      `json:"key"`
		Status string      `json:"status"`
	}
	err := c.get(ctx, "/rest/api/space/"+url.PathEscape(key), nil, &s)
	if refused(err, http.StatusNotFound, http.StatusForbidden) {
		return space{}, false, nil
	}
	return space{id: s.ID.String(), key: s.Key, archived: s.Status == "archived"}, err == nil, err
}

func (c dataCenter) byTitle(ctx context.Context, s space, title string) (*remote, error) {
	return c.titled(ctx, s, title, current)
}

func (c dataCenter) titled(ctx context.Context, s space, title, status string) (*remote, error) {
	var answer struct {
		Results []pageV1 `json:"results"`
	}
	err := c.get(ctx, "/rest/api/content", values("spaceKey", s.key, "title", title, "type", "page", "status", status, "limit", 5, "expand", expandPage), &answer)
	if err != nil {
		return nil, err
	}
	for _, p := range answer.Results {
		if strings.EqualFold(p.Title, title) {
			return p.remote(c.opt.URL), nil
		}
	}
	return nil, nil
}

func (c dataCenter) byID(ctx context.Context, id string) (*remote, error) {
	var p pageV1
	err := c.get(ctx, "/rest/api/content/"+url.PathEscape(id), values("status", "any", "expand", expandPage), &p)
	if refused(err, http.StatusNotFound, http.StatusForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.remote(c.opt.URL), nil
}

func (c dataCenter) trashed(ctx context.Context, s space, title string) (bool, error) {
	p, err := c.titled(ctx, s, title, "trashed")
	return p != nil, err
}

type contentV1 struct {
	ID        string        `json:"id,omitempty"`
	Type      string        `json:"type"`
	Status    string        `json:"status"`
	Title     string        `json:"title"`
	Space     *spaceV1      `json:"space,omitempty"`
	Ancestors []ancestorV1  `json:"ancestors,omitempty"`
	Body      contentBodyV1 `json:"body"`
	Version   *versionV1    `json:"version,omitempty"`
}

type spaceV1 struct {
	Key string `json:"key"`
}

type ancestorV1 struct {
	ID string `json:"id"`
}

type contentBodyV1 struct {
	Storage bodyV2 `json:"storage"`
}

type versionV1 struct {
	Number    int    `json:"number"`
	Message   string `json:"message"`
	MinorEdit bool   `json:"minorEdit"` // tells no watcher
}

func (c dataCenter) create(ctx context.Context, s space, title, parent, storage string) (*remote, error) {
	body := contentV1{Type: "page", Status: current, Title: title, Space: &spaceV1{s.key}, Body: contentBodyV1{bodyV2{"storage", storage}}}
	if parent != "" {
		body.Ancestors = []ancestorV1{{parent}}
	}
	var p pageV1
	if err := c.call(ctx, http.MethodPost, "/rest/api/content", values("expand", expandPage), body, &p); err != nil {
		return nil, err
	}
	return p.remote(c.opt.URL), nil
}

func (c dataCenter) update(ctx context.Context, p *remote, storage, message string, news bool) error {
	body := contentV1{
		ID: p.id, Type: "page", Status: current, Title: p.title,
		Body: contentBodyV1{bodyV2{"storage", storage}}, Version: &versionV1{p.version + 1, message, !news},
	}
	return c.call(ctx, http.MethodPut, "/rest/api/content/"+url.PathEscape(p.id), nil, body, nil)
}

func (c dataCenter) remember(ctx context.Context, p *remote, value json.RawMessage) error {
	path, method := "/rest/api/content/"+url.PathEscape(p.id)+"/property", http.MethodPost
	body := propertyV1{Key: propertyKey, Value: value, Version: versionNumber{p.property.version + 1}}
	if p.property.version > 0 {
		path, method = path+"/"+propertyKey, http.MethodPut
	}
	var now propertyV1
	err := c.call(ctx, method, path, nil, body, &now)
	if err == nil {
		p.property = property{now.ID, now.Version.Number, value}
	}
	return err
}

func (c dataCenter) attachment(ctx context.Context, page, name string) (*attached, error) {
	var answer struct {
		Results []struct {
			ID         string `json:"id"`
			Title      string `json:"title"`
			Extensions struct {
				FileSize int64 `json:"fileSize"`
			} `json:"extensions"`
			Version versionNumber `json:"version"`
			Links   links         `json:"_links"`
		} `json:"results"`
	}
	err := c.get(ctx, "/rest/api/content/"+url.PathEscape(page)+"/child/attachment", values("filename", name, "limit", 10, "expand", "version"), &answer)
	for _, a := range answer.Results {
		if a.Title == name {
			return &attached{a.ID, a.Version.Number, a.Extensions.FileSize, a.Links.Download}, err
		}
	}
	return nil, err
}

func (c dataCenter) rights(ctx context.Context, s space) (map[string]bool, error) {
	var answer struct {
		Permissions []struct {
			Operation operation `json:"operation"`
		} `json:"permissions"`
		Operations []operation `json:"operations"`
	}
	err := c.get(ctx, "/rest/api/space/"+url.PathEscape(s.key), values("expand", "operations"), &answer)
	return operations(answer.Operations), err
}

func (c dataCenter) userName(ctx context.Context, key string) (string, error) {
	who, err := c.user(ctx, "key", key)
	return who.Username, err
}

func (c dataCenter) accounts(ctx context.Context, people []incident.Person) (map[incident.Person]string, map[string]string, error) {
	found, names := map[incident.Person]string{}, map[string]string{}
	for _, p := range people {
		who, err := c.user(ctx, "username", string(p))
		if err != nil {
			return nil, nil, err
		}
		if who.UserKey != "" {
			found[p], names[who.UserKey] = `ri:userkey="`+escape(who.UserKey)+`"`, who.Username
		}
	}
	return found, names, nil
}

type userV1 struct {
	Username string `json:"username"`
	UserKey  string `json:"userKey"`
}

// user looks for somebody by what the server knows them by; one who is not
// there, or not shown to us, has no name.
func (c dataCenter) user(ctx context.Context, by, value string) (userV1, error) {
	var who userV1
	err := c.get(ctx, "/rest/api/user", values(by, value), &who)
	if refused(err) {
		err = nil
	}
	return who, err
}
