package confluence

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// versionTwo are the paths of Cloud's API of version 2 that are modelled.
var versionTwo = map[string]handler{
	"GET /spaces":                         spacesV2,
	"GET /spaces/{id}/operations":         operationsV2,
	"GET /pages":                          pagesV2,
	"POST /pages":                         createV2,
	"GET /pages/{id}":                     pageV2,
	"PUT /pages/{id}":                     updateV2,
	"GET /pages/{id}/properties":          propertiesV2,
	"POST /pages/{id}/properties":         addPropertyV2,
	"PUT /pages/{id}/properties/{number}": setPropertyV2,
	"GET /pages/{id}/attachments":         attachmentsV2,
	"POST /users-bulk":                    usersV2,
}

type object = map[string]any

func text(id int64) string { return strconv.FormatInt(id, 10) }

// list is an answer with everything there is, on one page.
func (c *call) list(results []any) object {
	if results == nil {
		results = []any{}
	}
	return object{"results": results, "_links": object{"base": c.s.web + "/wiki"}}
}

func spacesV2(c *call) (any, error) {
	var out []any
	keys := strings.Split(c.r.URL.Query().Get("keys"), ",")
	for _, sp := range c.s.spaces {
		if sp.right(c.who) < View || c.r.URL.Query().Has("keys") && !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, sp.key) }) {
			continue
		}
		out = append(out, object{"id": text(sp.id), "key": sp.key, "name": sp.name, "type": "global", "status": sp.status(),
			"homepageId": text(sp.home), "_links": object{"webui": "/spaces/" + sp.key}})
	}
	return c.list(out), nil
}

func (c *call) space() (*space, error) {
	for _, sp := range c.s.spaces {
		if text(sp.id) == c.r.PathValue("id") && sp.right(c.who) >= View {
			return sp, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "No space with id: %s", c.r.PathValue("id"))
}

func versionOf(v version) object {
	return object{"number": v.number, "createdAt": v.at.Format(time.RFC3339Nano), "authorId": v.by.id, "message": v.message, "minorEdit": v.minor}
}

// showV2 is a page as version 2 shows it.
func (c *call) showV2(p *page) object {
	v := p.now()
	o := object{
		"id": text(p.id), "status": p.status, "title": p.title, "spaceId": text(p.space.id), "parentId": text(p.parent), "parentType": "page", "position": 0,
		"authorId": p.versions[0].by.id, "ownerId": p.versions[0].by.id, "lastOwnerId": nil, "createdAt": p.versions[0].at.Format(time.RFC3339Nano),
		"version": versionOf(v), "body": object{},
		"_links": object{"webui": "/spaces/" + p.space.key + "/pages/" + text(p.id) + "/" + url.PathEscape(strings.ReplaceAll(p.title, " ", "+")), "editui": "/pages/resumedraft.action?draftId=" + text(p.id), "tinyui": "/x/" + text(p.id)},
	}
	if c.r.URL.Query().Get("body-format") == "storage" {
		o["body"] = object{"storage": object{"representation": "storage", "value": v.storage}}
	}
	return o
}

// oneV2 is a page alone.
func (c *call) oneV2(p *page) object {
	o := c.showV2(p)
	o["_links"].(object)["base"] = c.s.web + "/wiki"
	if c.r.URL.Query().Get("include-properties") == "true" {
		var all []any
		for _, x := range p.properties {
			all = append(all, propertyV2(x))
		}
		if all == nil {
			all = []any{}
		}
		o["properties"] = object{"results": all, "meta": object{"hasMore": false}, "_links": object{"self": ""}}
	}
	return o
}

func propertyV2(x *property) object {
	return object{"id": text(x.id), "key": x.key, "value": x.value, "version": versionOf(version{number: x.version, by: x.by, at: x.at})}
}

func pagesV2(c *call) (any, error) {
	q := c.r.URL.Query()
	states := []string{current, archived}
	if q.Has("status") {
		states = strings.Split(q.Get("status"), ",")
	}
	var out []any
	for _, p := range c.s.pages {
		if p.purged || !p.sees(c.who) || !slices.Contains(states, p.status) ||
			q.Has("space-id") && q.Get("space-id") != text(p.space.id) || q.Has("title") && !strings.EqualFold(q.Get("title"), p.title) {
			continue
		}
		if len(out) < c.limit() {
			out = append(out, c.showV2(p))
		}
	}
	return c.list(out), nil
}

func operationsV2(c *call) (any, error) {
	sp, err := c.space()
	if err != nil {
		return nil, err
	}
	return object{"operations": sp.operations(c.who)}, nil
}

func (sp *space) operations(u *user) []object {
	out := []object{{"operation": "read", "targetType": "space"}}
	if sp.right(u) >= Edit {
		out = append(out, object{"operation": "create", "targetType": "page"}, object{"operation": "create", "targetType": "attachment"})
	}
	return out
}

type bodyV2 struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

func createV2(c *call) (any, error) {
	var in struct {
		SpaceID, Status, Title, ParentID string
		Body                             bodyV2
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	parent, _ := strconv.ParseInt(in.ParentID, 10, 64)
	for _, sp := range c.s.spaces {
		if text(sp.id) != in.SpaceID || sp.right(c.who) < View {
			continue
		}
		if in.Status != current || in.Body.Representation != "storage" {
			return nil, refuse(http.StatusBadRequest, "Only current pages in storage format are modelled")
		}
		p, err := c.s.create(c.who, sp, in.Title, parent, in.Body.Value)
		if err != nil {
			return nil, err
		}
		return c.oneV2(p), nil
	}
	return nil, refuse(http.StatusNotFound, "No space with id: %s", in.SpaceID)
}

func pageV2(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	return c.oneV2(p), nil
}

func updateV2(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var in struct {
		ID, Status, Title string
		Body              bodyV2
		Version           struct {
			Number  int
			Message string
		}
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.ID != text(p.id) || in.Status != current || in.Body.Representation != "storage" {
		return nil, refuse(http.StatusBadRequest, "Provide the page's id, the status current, and a body in storage format")
	}
	if err := c.s.update(c.who, p, in.Version.Number, in.Title, in.Body.Value, in.Version.Message, false); err != nil {
		return nil, err
	}
	return c.oneV2(p), nil
}

func propertiesV2(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var out []any
	for _, x := range p.properties {
		if key := c.r.URL.Query().Get("key"); key == "" || key == x.key {
			out = append(out, propertyV2(x))
		}
	}
	return c.list(out), nil
}

type propertyIn struct {
	Key     string
	Value   json.RawMessage
	Version struct{ Number int }
}

func addPropertyV2(c *call) (any, error) { return c.putPropertyV2(true) }

func setPropertyV2(c *call) (any, error) { return c.putPropertyV2(false) }

func (c *call) putPropertyV2(fresh bool) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var in propertyIn
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if was := p.properties[in.Key]; !fresh && (was == nil || text(was.id) != c.r.PathValue("number")) {
		return nil, refuse(http.StatusNotFound, "No property with id: %s", c.r.PathValue("number"))
	}
	x, err := c.s.setProperty(c.who, p, in.Key, in.Version.Number, in.Value, fresh)
	if err != nil {
		return nil, err
	}
	return propertyV2(x), nil
}

func usersV2(c *call) (any, error) {
	var in struct{ AccountIDs []string }
	if err := c.read(&in); err != nil {
		return nil, err
	}
	var out []any
	for _, u := range c.s.users {
		if slices.Contains(in.AccountIDs, u.id) {
			out = append(out, object{"accountId": u.id, "accountType": "atlassian", "accountStatus": "active", "displayName": u.display, "publicName": u.display, "email": ""})
		}
	}
	return c.list(out), nil
}

func attachmentsV2(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var out []any
	for _, f := range p.files {
		if name := c.r.URL.Query().Get("filename"); name != "" && name != f.name {
			continue
		}
		out = append(out, object{
			"id": fmt.Sprintf("att%d", f.id), "status": current, "title": f.name, "pageId": text(p.id), "mediaType": f.kind, "fileSize": len(f.content), "fileId": "",
			"createdAt": f.at.Format(time.RFC3339Nano), "downloadLink": f.path(p), "webuiLink": "/pages/viewpageattachments.action?pageId=" + text(p.id),
			"version": versionOf(version{number: f.version, by: f.by, at: f.at}), "_links": object{"download": f.path(p)},
		})
	}
	return c.list(out), nil
}

// path is where a file is downloaded, below the address of the site.
func (f *file) path(p *page) string {
	return fmt.Sprintf("/download/attachments/%d/%s?version=%d&cacheVersion=1&api=v2", p.id, url.PathEscape(f.name), f.version)
}
