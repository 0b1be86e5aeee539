package confluence

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// versionOne are the paths of version 1 that both editions serve.
var versionOne = map[string]handler{
	"GET /rest/api/user/current":                                  currentUser,
	"GET /rest/api/search":                                        search,
	"POST /rest/api/content/{id}/label":                           addLabels,
	"POST /rest/api/content/{id}/child/attachment":                attachFile,
	"POST /rest/api/content/{id}/child/attachment/{file}/data":    attachFile,
	"GET /rest/api/content/{id}/child/attachment/{file}/download": downloadLink,
	"GET /download/attachments/{id}/{name}":                       download,
}

// dataCenterOnly are those that Cloud does not serve any more.
var dataCenterOnly = map[string]handler{
	"GET /rest/api/user":                          userV1,
	"GET /rest/api/space/{key}":                   spaceV1,
	"GET /rest/api/content":                       contentV1,
	"POST /rest/api/content":                      createV1,
	"GET /rest/api/content/{id}":                  pageV1,
	"PUT /rest/api/content/{id}":                  updateV1,
	"POST /rest/api/content/{id}/property":        addPropertyV1,
	"PUT /rest/api/content/{id}/property/{key}":   setPropertyV1,
	"GET /rest/api/content/{id}/child/attachment": attachmentsV1,
}

func (s *Server) showUser(u *user) object {
	if s.opt.DataCenter {
		return object{"type": "known", "username": u.name, "userKey": u.id, "displayName": u.display}
	}
	return object{"type": "known", "accountId": u.id, "accountType": "atlassian", "publicName": u.display, "displayName": u.display}
}

func currentUser(c *call) (any, error) { return c.s.showUser(c.who), nil }

func userV1(c *call) (any, error) {
	q := c.r.URL.Query()
	for _, u := range c.s.users {
		if q.Get("key") == u.id || strings.EqualFold(q.Get("username"), u.name) {
			return c.s.showUser(u), nil
		}
	}
	return nil, refuse(http.StatusNotFound, "No user found with %s", q.Encode())
}

func spaceV1(c *call) (any, error) {
	for _, sp := range c.s.spaces {
		if strings.EqualFold(sp.key, c.r.PathValue("key")) && sp.right(c.who) >= View {
			o := object{"id": sp.id, "key": sp.key, "name": sp.name, "type": "global", "status": sp.status()}
			if strings.Contains(c.r.URL.Query().Get("expand"), "operations") {
				o["operations"] = sp.operations(c.who)
			}
			return o, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "No space with key : %s", c.r.PathValue("key"))
}

const timeV1 = "2006-01-02T15:04:05.000Z07:00"

// showV1 is a page as version 1 shows it.
func (c *call) showV1(p *page) object {
	v, expand := p.now(), c.r.URL.Query().Get("expand")
	webui := "/spaces/" + p.space.key + "/pages/" + text(p.id)
	if c.s.opt.DataCenter {
		webui = "/display/" + p.space.key + "/" + url.PathEscape(strings.ReplaceAll(p.title, " ", "+"))
	}
	o := object{"id": text(p.id), "type": "page", "status": p.status, "title": p.title, "_links": object{"webui": webui, "base": c.s.API()}}
	if strings.Contains(expand, "version") {
		o["version"] = object{"number": v.number, "when": v.at.Format(timeV1), "by": c.s.showUser(v.by), "message": v.message, "minorEdit": v.minor}
	}
	if strings.Contains(expand, "body.storage") {
		o["body"] = object{"storage": object{"value": v.storage, "representation": "storage"}}
	}
	if _, key, ok := strings.Cut(expand, "metadata.properties."); ok {
		all := object{}
		if x := p.properties[key]; x != nil {
			all[key] = propertyV1(x)
		}
		o["metadata"] = object{"properties": all}
	}
	return o
}

func propertyV1(x *property) object {
	return object{"id": text(x.id), "key": x.key, "value": x.value, "version": object{"number": x.version, "when": x.at.Format(timeV1), "minorEdit": false}}
}

func listV1(results []any) object {
	if results == nil {
		results = []any{}
	}
	return object{"results": results, "start": 0, "limit": 25, "size": len(results), "_links": object{}}
}

func contentV1(c *call) (any, error) {
	q := c.r.URL.Query()
	state := q.Get("status")
	if state == "" {
		state = current
	}
	var out []any
	for _, p := range c.s.pages {
		if !p.purged && p.sees(c.who) && p.status == state && strings.EqualFold(p.space.key, q.Get("spaceKey")) && (!q.Has("title") || strings.EqualFold(p.title, q.Get("title"))) {
			out = append(out, c.showV1(p))
		}
	}
	return listV1(out), nil
}

type contentIn struct {
	Type, Status, Title string
	Space               struct{ Key string }
	Ancestors           []struct{ ID string }
	Body                struct{ Storage bodyV2 }
	Version             struct {
		Number    int
		Message   string
		MinorEdit bool
	}
}

func createV1(c *call) (any, error) {
	var in contentIn
	if err := c.read(&in); err != nil {
		return nil, err
	}
	for _, sp := range c.s.spaces {
		if !strings.EqualFold(sp.key, in.Space.Key) || sp.right(c.who) < View {
			continue
		}
		var parent int64
		if len(in.Ancestors) > 0 {
			parent, _ = strconv.ParseInt(in.Ancestors[0].ID, 10, 64)
		}
		p, err := c.s.create(c.who, sp, in.Title, parent, in.Body.Storage.Value)
		if err != nil {
			return nil, err
		}
		return c.showV1(p), nil
	}
	return nil, refuse(http.StatusNotFound, "No space with key : %s", in.Space.Key)
}

func pageV1(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	if state := c.r.URL.Query().Get("status"); p.status != current && state != "any" && state != p.status {
		return nil, noPage(p.id)
	}
	return c.showV1(p), nil
}

func updateV1(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var in contentIn
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.Type != "page" || in.Body.Storage.Representation != "storage" {
		return nil, refuse(http.StatusBadRequest, "Provide the type page and a body in storage format")
	}
	if err := c.s.update(c.who, p, in.Version.Number, in.Title, in.Body.Storage.Value, in.Version.Message, in.Version.MinorEdit); err != nil {
		return nil, err
	}
	return c.showV1(p), nil
}

func addPropertyV1(c *call) (any, error) { return c.putPropertyV1("", true) }

func setPropertyV1(c *call) (any, error) { return c.putPropertyV1(c.r.PathValue("key"), false) }

func (c *call) putPropertyV1(key string, fresh bool) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var in propertyIn
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if fresh {
		key = in.Key
	}
	x, err := c.s.setProperty(c.who, p, key, in.Version.Number, in.Value, fresh)
	if err != nil {
		return nil, err
	}
	return propertyV1(x), nil
}

func addLabels(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var in []struct{ Prefix, Name string }
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if !p.edits(c.who) {
		return nil, refuse(http.StatusForbidden, "User does not have permission to update content")
	}
	for _, l := range in {
		if l.Prefix != "global" || l.Name == "" || strings.ContainsAny(l.Name, " :;,.?&[]()#^*!@") {
			return nil, refuse(http.StatusBadRequest, "The label %q is not valid", l.Name)
		}
		p.label(l.Name)
	}
	var out []any
	for _, l := range p.labels {
		out = append(out, object{"prefix": "global", "name": l, "id": l})
	}
	return listV1(out), nil
}

func attachmentsV1(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	var out []any
	for _, f := range p.files {
		if name := c.r.URL.Query().Get("filename"); name == "" || name == f.name {
			out = append(out, c.fileV1(p, f))
		}
	}
	return listV1(out), nil
}

func (c *call) fileV1(p *page, f *file) object {
	return object{
		"id": fmt.Sprintf("att%d", f.id), "type": "attachment", "status": current, "title": f.name,
		"extensions": object{"mediaType": f.kind, "fileSize": len(f.content)},
		"version":    object{"number": f.version, "when": f.at.Format(timeV1), "by": c.s.showUser(f.by)},
		"_links":     object{"download": f.path(p)},
	}
}

func attachFile(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	if v := c.r.Header.Get("X-Atlassian-Token"); v != "no-check" && v != "nocheck" {
		return nil, refuse(http.StatusForbidden, "XSRF check failed")
	}
	name, kind, content, err := c.upload()
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(strings.TrimPrefix(c.r.PathValue("file"), "att"), 10, 64)
	f, err := c.s.attach(c.who, p, id, name, kind, content)
	if err != nil {
		return nil, err
	}
	if id != 0 {
		return c.fileV1(p, f), nil
	}
	return listV1([]any{c.fileV1(p, f)}), nil
}

// upload reads a form with one file.
func (c *call) upload() (name, kind, content string, err error) {
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return "", "", "", refuse(http.StatusUnsupportedMediaType, "%v", err)
	}
	form := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", "", "", refuse(http.StatusBadRequest, "There is no part named file: %v", err)
		}
		if part.FormName() != "file" {
			continue
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return "", "", "", refuse(http.StatusBadRequest, "%v", err)
		}
		return part.FileName(), part.Header.Get("Content-Type"), string(b), nil
	}
}

func download(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	for _, f := range p.files {
		if f.name == c.r.PathValue("name") {
			return raw{f.kind, f.content}, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "No attachment")
}

// downloadLink leads to where Cloud keeps files: another host, with all that is
// needed to read it in the address.
func downloadLink(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	for _, f := range p.files {
		if fmt.Sprintf("att%d", f.id) == c.r.PathValue("file") {
			host := strings.Replace(c.s.web, "127.0.0.1", "localhost", 1)
			return elsewhere(fmt.Sprintf("%s/rest/media/%d/%d?token=%s", host, p.id, f.id, mediaToken)), nil
		}
	}
	return nil, refuse(http.StatusNotFound, "No attachment")
}

const mediaToken = "signed"

// media serves a file to whoever has its address, and takes no credentials.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "" || r.URL.Query().Get("token") != mediaToken {
		http.Error(w, "one mechanism of authorization, please", http.StatusBadRequest)
		return
	}
	for _, p := range s.pages {
		for _, f := range p.files {
			if text(p.id) == r.PathValue("id") && text(f.id) == r.PathValue("file") {
				w.Header().Set("Content-Type", f.kind)
				io.WriteString(w, f.content) // the client went away: nobody to tell
				return
			}
		}
	}
	http.NotFound(w, r)
}

// The pieces of CQL that are modelled: equalities joined by "and", and one order.
var (
	clause = regexp.MustCompile(`(?i)^(space|type|label|title)\s*=\s*("[^"]*"|[\w-]+)$`)
	order  = regexp.MustCompile(`(?i)\s+order\s+by\s+lastmodified\s+desc\s*$`)
	joined = regexp.MustCompile(`(?i)\s+and\s+`)
)

func search(c *call) (any, error) {
	cql := c.r.URL.Query().Get("cql")
	want := map[string]string{}
	for _, part := range joined.Split(order.ReplaceAllString(cql, ""), -1) {
		m := clause.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, refuse(http.StatusBadRequest, "Could not parse cql : %s", cql)
		}
		want[strings.ToLower(m[1])] = strings.Trim(m[2], `"`)
	}
	var found []*page
	for _, p := range c.s.pages {
		label, byLabel := want["label"]
		title, byTitle := want["title"]
		if p.purged || p.status != current || !p.sees(c.who) || c.s.now().Before(p.changed.Add(c.s.opt.Lag)) ||
			p.space.archived && c.r.URL.Query().Get("includeArchivedSpaces") != "true" ||
			want["type"] != "" && want["type"] != "page" || want["space"] != "" && !strings.EqualFold(want["space"], p.space.key) ||
			byLabel && !slices.Contains(p.labels, strings.ToLower(label)) || byTitle && !strings.EqualFold(title, p.title) {
			continue
		}
		found = append(found, p)
	}
	if order.MatchString(cql) {
		slices.SortStableFunc(found, func(a, b *page) int { return b.now().at.Compare(a.now().at) })
	}
	var out []any
	for _, p := range found[:min(len(found), c.limit())] {
		out = append(out, object{"content": c.showV1(p), "title": p.title, "entityType": "content", "lastModified": p.now().at.Format(timeV1)})
	}
	answer := listV1(out)
	answer["totalSize"], answer["cqlQuery"] = len(found), cql
	return answer, nil
}
