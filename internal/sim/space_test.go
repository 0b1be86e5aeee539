package sim

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
	"github.com/hereby/hereby/internal/wiki/confluence"
)

// space is a library in Confluence.
type space struct {
	*sandbox.Server
	opt   confluence.Options // of our account
	ids   map[string]string  // of people's accounts
	fault sandbox.Fault      // of the request under way
	taken map[string]string  // ids of pages that were taken elsewhere, by name
}

const (
	spaceKey = "OPS"
	atSpace  = "http://127.0.0.1" // so that what Cloud keeps elsewhere is elsewhere
)

// newSpace builds it, with accounts for people by their names. wrap is put
// around Cloud's API.
func newSpace(c *clock, lag time.Duration, dataCenter bool, accounts map[string]string, wrap func(http.Handler) http.Handler) library {
	s := &space{ids: map[string]string{}, taken: map[string]string{}}
	s.Server = sandbox.New(sandbox.Options{
		DataCenter: dataCenter, Clock: c.Now, URL: atSpace, Lag: lag, Wrap: wrap,
		Fault: func(*http.Request, int) sandbox.Fault { return s.fault },
	})
	aliases := map[incident.Person]incident.Person{}
	for _, who := range slices.Sorted(maps.Keys(accounts)) {
		s.AddUser(who)
		if !dataCenter {
			s.SetAccountID(who, accounts[who])
		}
		s.ids[who] = s.AccountID(who)
		aliases[incident.Person(who)] = incident.PersonOf(accounts[who])
	}
	s.AddSpace(spaceKey, "Operations")
	s.AddSpace(otherSpace, "Elsewhere")
	s.opt = confluence.Options{
		URL: s.API(), DataCenter: dataCenter, User: s.Email(bot), Token: s.Token(bot), Space: func(string) string { return spaceKey }, People: aliases,
		Clock: c.Now, Sleep: c.sleep,
	}
	return s
}

func (s *space) handler() http.Handler                       { return s.Server.Handler() }
func (s *space) settle()                                     { s.Server.Settle() }
func (s *space) settles(*http.Request) (time.Duration, bool) { return time.Minute, false }
func (s *space) close()                                      {}

func (s *space) adapter(transport http.RoundTripper) reconcile.Wiki {
	opt := s.opt
	opt.Transport = transport
	return confluence.New(opt)
}

// befall: of a server that fails there are two sorts.
func (s *space) befall(f fault, by time.Duration) {
	kinds := map[fault]sandbox.Fault{
		failBefore: {Kind: sandbox.ErrorBefore, Status: http.StatusInternalServerError}, failAfter: {Kind: sandbox.ErrorAfter},
		dropBefore: {Kind: sandbox.DropBefore}, lostReply: {Kind: sandbox.LostReply},
		late: {Kind: sandbox.DelayedAfter, Delay: by}, tooMany: {Kind: sandbox.TooMany}, conflict: {Kind: sandbox.ErrorBefore, Status: http.StatusConflict},
	}
	s.fault = kinds[f]
}

func (s *space) step(req *http.Request) string { return req.Method + " " + req.URL.RequestURI() }

func (s *space) sheets() (list []sheet, err error) {
	titles := map[string]string{} // of pages, by id
	for _, p := range s.Pages(spaceKey) {
		if st, ok := s.Page(spaceKey, p.Name); ok {
			titles[st.ID] = p.Name
		}
	}
	for _, key := range []string{spaceKey, otherSpace} {
		for _, p := range s.Pages(key) {
			st, ok := s.Page(key, p.Name)
			if !ok {
				continue // a file, which follows below
			}
			name, under := s.named(p.Name), titles[st.Parent]
			if key == otherSpace {
				under = incidents // where it stood
			}
			list = append(list, sheet{name, p.Content, fmt.Sprintf("under %q, labelled %q", under, st.Labels)})
			for _, file := range slices.Sorted(maps.Keys(st.Files)) {
				list = append(list, sheet{file, st.Files[file], "on " + name})
			}
		}
	}
	return list, nil
}

// incidents is the page below which post-mortems stand.
const incidents = "Incidents"

// edit saves storage format, as the editor does.
func (s *space) edit(who, page string, e edit) (prose []string, err error) {
	missing := ""
	replace := func(storage string, at *regexp.Regexp, with string) string {
		m := at.FindStringIndex(storage)
		if m == nil {
			missing = at.String()
			return storage
		}
		return storage[:m[0]] + at.ReplaceAllString(storage[m[0]:m[1]], "${1}"+strings.ReplaceAll(with, "$", "$$")) + storage[m[1]:]
	}
	key, title := s.where(page)
	err = s.As(who).EditPage(key, title, func(storage string) string {
		for _, heading := range slices.Sorted(maps.Keys(e.below)) {
			text, paragraphs := s.typed(e.below[heading])
			storage = replace(storage, regexp.MustCompile(`(<h2[^>]*>`+regexp.QuoteMeta(heading)+`</h2>)`), text)
			prose = append(prose, paragraphs...)
		}
		for i := 0; i < len(e.words); i += 2 {
			item, ok := strings.CutPrefix(e.words[i], "- ")
			at := regexp.MustCompile(`(<li[^>]*>(?:<p[^>]*>)?)` + regexp.QuoteMeta(html.EscapeString(item)))
			if !ok {
				at = regexp.MustCompile(`()` + regexp.QuoteMeta(html.EscapeString(item)))
			}
			storage = replace(storage, at, html.EscapeString(strings.TrimPrefix(e.words[i+1], "- ")))
		}
		return storage
	})
	if err == nil && missing != "" {
		err = fmt.Errorf("there is no %s on %s", missing, page)
	}
	return prose, err
}

// typed is what the editor makes of a text, which somebody has remarked on, and
// its paragraphs.
func (s *space) typed(text string) (storage string, paragraphs []string) {
	var b strings.Builder
	list := false
	for line := range strings.SplitSeq(text, "\n") {
		item, ok := strings.CutPrefix(line, "- ")
		if ok != list {
			b.WriteString(map[bool]string{true: "<ul>", false: "</ul>"}[ok])
			list = ok
		}
		line = handles.ReplaceAllStringFunc(html.EscapeString(strings.TrimSpace(item)), s.mention)
		if ok {
			b.WriteString("<li><p>" + line + "</p></li>")
			continue
		}
		first, rest, _ := strings.Cut(line, " ")
		line = `<p style="text-align: left;"><ac:inline-comment-marker ac:ref="5b1f">` + first + "</ac:inline-comment-marker> " + rest + "</p>"
		paragraphs = append(paragraphs, line)
		b.WriteString(line)
	}
	if list {
		b.WriteString("</ul>")
	}
	return b.String(), paragraphs
}

func (s *space) mention(handle string) string {
	key := "ri:account-id"
	if s.opt.DataCenter {
		key = "ri:userkey"
	}
	return "<ac:link><ri:user " + key + `="` + s.ids[handle[1:]] + `" /></ac:link>`
}
