package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

var ops = JiraOptions{Label: "incident", URL: "https://jira.example/base", SiteURL: "https://site.example", Serves: func(p string) bool { return p == "OPS" || p == "WEB" }}

// issueJSON is an update of an issue.
func issueJSON(key, fields, more string) string {
	return fmt.Sprintf(`{"webhookEvent":"jira:issue_updated","issue":{"id":"10040","key":%q,"fields":{%s}}%s}`, key, fields, more)
}

func TestJiraKeys(t *testing.T) {
	comment := func(body, fields, self string) string {
		c, _ := json.Marshal(body)
		if fields == "" {
			return fmt.Sprintf(`{"webhookEvent":"comment_created","comment":{"self":%q,"body":%s}}`, self, c)
		}
		return fmt.Sprintf(`{"webhookEvent":"comment_created","comment":{"self":%q,"body":%s},"issue":{"id":"10040","key":"OPS-12","fields":{%s}}}`, self, c, fields)
	}
	const self = "https://JIRA.example/base/rest/api/2/issue/10040/comment/7"
	for name, c := range map[string]struct{ body, query, want string }{
		"an issue like any":              {issueJSON("OPS-12", `"labels":["bug"],"summary":"x"`, ""), "", ""},
		"labelled":                       {issueJSON("OPS-12", `"labels":["Incident"]`, ""), "", "jira:OPS-12"},
		"declared":                       {issueJSON("OPS-12", `"labels":[],"summary":"I hereby declare"`, ""), "", "jira:OPS-12"},
		"declared in the description":    {issueJSON("OPS-12", `"labels":[],"description":"I hereby declare"`, ""), "", "jira:OPS-12"},
		"declared in a document":         {issueJSON("OPS-12", `"labels":[],"description":{"type":"doc","content":[{"text":"I hereby declare"}]}`, ""), "", "jira:OPS-12"},
		"labels not told":                {issueJSON("OPS-12", `"summary":"x"`, ""), "", "jira:OPS-12"},
		"our ticket":                     {issueJSON("OPS-13", `"labels":["hereby","hereby-10040"]`, ""), "", "jira:#10040 jira:OPS-13"},
		"an epic":                        {issueJSON("OPS-14", `"labels":["hereby-10040"],"issuetype":{"name":"Epic"}`, ""), "", "jira:#10040 jira:OPS-14"},
		"label taken off":                {issueJSON("OPS-12", `"labels":[]`, `,"changelog":{"items":[{"field":"labels","fromString":"a incident","toString":"a"}]}`), "", "jira:OPS-12"},
		"summary undone":                 {issueJSON("OPS-12", `"labels":[]`, `,"changelog":{"items":[{"field":"summary","fromString":"I hereby declare","toString":"a"}]}`), "", "jira:OPS-12"},
		"sub-task":                       {issueJSON("OPS-13", `"labels":[],"parent":{"key":"OPS-12"}`, ""), "", "jira:OPS-12"},
		"sub-task of a project unserved": {issueJSON("OPS-13", `"labels":[],"parent":{"key":"HR-12"}`, ""), "", ""},
		"under an epic by a field":       {issueJSON("OPS-13", `"labels":[],"customfield_10008":"OPS-14","customfield_10009":"OPS-15 and more","customfield_1":{"key":"OPS-9"}`, ""), "", "jira:OPS-14"},
		"taken from a parent":            {issueJSON("OPS-13", `"labels":[]`, `,"changelog":{"items":[{"field":"IssueParentAssociation","from":"10001","fromString":"OPS-1","to":null,"toString":""}]}`), "", "jira:OPS-1"},
		"linked":                         {issueJSON("OPS-13", `"labels":[],"issuelinks":[{"id":"1"}]`, ""), "", "jira:OPS-13"},
		"not linked":                     {issueJSON("OPS-13", `"labels":[],"issuelinks":[]`, ""), "", ""},
		"links that are none":            {issueJSON("OPS-13", `"labels":[],"issuelinks":null`, ""), "", ""},
		"unserved, unlinked":             {issueJSON("HR-3", `"labels":["incident"]`, `,"changelog":{"items":[{"field":"Link","fromString":"OPS-12"}]}`), "", "!project HR is not served"},
		"key of a long project":          {issueJSON("O"+strings.Repeat("P", 300)+"-1", `"labels":["incident"]`, ""), "", "jira:#10040"},
		"comment without a host":         {comment("thanks", "", "/rest/api/2/issue/10040/comment/7"), "", "!neither on the host of jira.url"},
		"link taken off":                 {issueJSON("OPS-13", `"labels":[],"issuelinks":[]`, `,"changelog":{"items":[{"field":"Link","from":"OPS-12","fromString":"This issue blocks OPS-12"}]}`), "", "jira:OPS-12"},
		"unserved, of an incident":       {issueJSON("HR-3", `"labels":["hereby","hereby-10040"]`, ""), "", "jira:#10040"},
		"unserved, was of an incident":   {issueJSON("HR-3", `"labels":[]`, `,"changelog":{"items":[{"field":"labels","fromString":"hereby-10040","toString":""}]}`), "", "jira:#10040"},
		"unserved, only says so":         {issueJSON("HR-3", `"labels":[],"parent":{"key":"OPS-12"},"summary":"I hereby declare"`, ""), "", "!project HR is not served"},
		"moved":                          {issueJSON("WEB-3", `"labels":["incident"]`, `,"changelog":{"items":[{"field":"Key","fromString":"OPS-12","toString":"WEB-3"}]}`), "", "jira:OPS-12 jira:WEB-3"},
		"moved out of our sight":         {issueJSON("HR-3", `"labels":["incident"]`, `,"changelog":{"items":[{"field":"Key","fromString":"OPS-12","toString":"HR-3"}]}`), "", "jira:OPS-12"},
		"moved, an issue like any":       {issueJSON("WEB-3", `"labels":[]`, `,"changelog":{"items":[{"field":"Key","fromString":"OPS-12","toString":"WEB-3"}]}`), "", ""},
		"unserved":                       {issueJSON("HR-3", `"labels":["incident"]`, ""), "", "!project HR is not served"},
		"deleted":                        {strings.Replace(issueJSON("OPS-13", `"labels":["hereby-10040"]`, ""), "updated", "deleted", 1), "", "jira:#10040 jira:OPS-13"},
		"our property":                   {`{"webhookEvent":"issue_property_set","issue":{"id":"10040","key":"OPS-12"}}`, "", ""},
		"an attachment":                  {`{"webhookEvent":"attachment_created","attachment":{"id":"1"}}`, "", ""},
		"a user":                         {`{"webhookEvent":"user_created","user":{"name":"x"}}`, "", ""},

		"comment on Cloud":                  {comment("thanks", `"summary":"x"`, self), "", "jira:#10040"},
		"command on Cloud":                  {comment("/ops", `"summary":"x"`, self), "", "jira:#10040"},
		"declared on Cloud":                 {comment("I hereby declare", `"summary":"x"`, self), "", "jira:OPS-12"},
		"comment on Cloud without an id":    {strings.Replace(comment("thanks", `"summary":"x"`, self), `"id":"10040",`, "", 1), "", "jira:OPS-12"},
		"comment of the site":               {comment("thanks", "", strings.Replace(self, "JIRA.example/base", "site.example", 1)), "", "jira:#10040"},
		"comment with labels":               {comment("thanks", `"labels":[],"issuelinks":[{}],"description":"I hereby declare"`, self), "", ""},
		"comment that declares":             {comment("I hereby declare", `"labels":[]`, self), "", "jira:OPS-12"},
		"comment of Data Center":            {comment("thanks", "", self), "", "jira:#10040"},
		"comment of another host":           {comment("thanks", "", strings.Replace(self, "JIRA", "evil", 1)), "", "!neither on the host of jira.url"},
		"comment of another port":           {comment("thanks", "", strings.Replace(self, "example", "example:81", 1)), "", "!neither on the host of jira.url"},
		"comment of an odd address":         {comment("thanks", "", "https://jira.example/x/10040"), "", "!names no issue"},
		"comment of an odd id":              {comment("thanks", "", strings.Replace(self, "10040", "0", 1)), "", "!names no issue"},
		"link":                              {`{"webhookEvent":"issuelink_created","issueLink":{"id":1,"sourceIssueId":10001,"destinationIssueId":10002}}`, "", "jira:#10001 jira:#10002"},
		"link of text":                      {`{"webhookEvent":"issuelink_deleted","issueLink":{"sourceIssueId":"10001","destinationIssueId":"../1"}}`, "", "jira:#10001"},
		"empty body":                        {"", "issue.key=OPS-12&issue.id=10040", "jira:OPS-12"},
		"empty body, id":                    {" \n", "issue.id=10040", "jira:#10040"},
		"empty body, project":               {"", "project.key=OPS", "sweep:jira:OPS"},
		"empty body, nothing":               {"", "", "!issue.key={issue.key}"},
		"empty body, variable not replaced": {"", "issue.key=${issue.key}&issue.id={issue.id}", "!issue.key={issue.key}"},
		"empty body, unserved":              {"", "issue.key=HR-1", "!project HR is not served"},
		"empty body, unserved project":      {"", "project.key=HR", "!project HR is not served"},
		"body without an issue":             {`{"webhookEvent":"jira:issue_updated"}`, "issue.key=OPS-12", "jira:OPS-12"},
		"issue without anything":            {`{"webhookEvent":"jira:issue_updated","issue":{}}`, "", "!names no issue"},
		"issue with its id alone":           {`{"webhookEvent":"jira:issue_updated","issue":{"id":10040}}`, "", "jira:#10040"},

		"key that climbs":         {issueJSON("../admin", `"labels":["incident"]`, ""), "", "jira:#10040"},
		"key with a query":        {issueJSON("A-1?x", `"labels":["incident"]`, ""), "", "jira:#10040"},
		"key in lower case":       {issueJSON("ops-12", `"labels":["incident"]`, ""), "", "jira:#10040"},
		"key with a line":         {issueJSON("OPS-12\nX", `"labels":["incident"]`, ""), "", "jira:#10040"},
		"key as long as a book":   {issueJSON("OPS-"+strings.Repeat("1", 300), `"labels":["incident"]`, ""), "", "jira:#10040"},
		"key in the query climbs": {"", "issue.key=../admin", "!issue.key={issue.key}"},
		"id in the query climbs":  {"", "issue.id=1/../2", "!issue.key={issue.key}"},
		"project climbs":          {"", "project.key=../x", "!issue.key={issue.key}"},
		"parent climbs":           {issueJSON("OPS-13", `"labels":[],"parent":{"key":"../admin"}`, ""), "", ""},
		"label climbs":            {issueJSON("OPS-13", `"labels":["hereby-../admin"]`, ""), "", "jira:OPS-13"},
		"shapes nobody expects":   {`{"webhookEvent":7,"issue":{"id":{},"key":["OPS-1"],"fields":[]},"comment":"x","issueLink":"y","changelog":[]}`, "", "!says nothing"},
		"labels of an odd shape":  {issueJSON("OPS-12", `"labels":"incident"`, ""), "", ""},
		"not JSON":                {`{"issue":`, "", "!not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			_, keys, err := jiraKeys([]byte(c.body), q, ops)
			if says, ok := strings.CutPrefix(c.want, "!"); ok {
				if err == nil || !strings.Contains(err.Error(), says) || len(keys) > 0 {
					t.Errorf("%v, %v; want it to say %q", keys, err, says)
				}
				return
			}
			if got := join(keys); err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Without our own address every other one is foreign.
func TestJiraWithoutAnAddress(t *testing.T) {
	body := `{"webhookEvent":"comment_created","comment":{"self":"/rest/api/2/issue/10040/comment/7"}}`
	if _, keys, err := jiraKeys([]byte(body), nil, JiraOptions{}); err == nil || len(keys) > 0 {
		t.Errorf("%v, %v", keys, err)
	}
}

// A project that is not served is said, not refused: Jira would complain.
func TestJiraNotServed(t *testing.T) {
	b := jiraBench(t, signed, ops)
	status, text := b.send(jiraDelivery(issueJSON("HR-3", `"labels":["incident"]`, "")))
	if status != 202 || !strings.Contains(text, "project HR is not served") || len(b.queue.take()) > 0 {
		t.Errorf("%d %q", status, text)
	}
	var other *NotOursError
	if _, _, err := jiraKeys([]byte(issueJSON("HR-3", "", "")), nil, ops); !errors.As(err, &other) {
		t.Error(err)
	}
}

// Real payloads of Cloud and Data Center, signed, are answered 202 and touch
// what the table says and nothing else.
func TestJiraPayloads(t *testing.T) {
	dir := filepath.Dir(testenv.Shared(t, "fixtures/jira-webhooks/webhook-issue-created.json"))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	table := jiraTable(t)
	for column, label := range []string{"incident", "test-label"} {
		b := jiraBench(t, signed, JiraOptions{Label: label, URL: "http://sales-jira.centralus.cloudapp.azure.com:8080"})
		met := 0
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "webhook-"), ".json")
			want, ok := table[name]
			if !ok {
				t.Errorf("%s: no such line in the table; are these other payloads?", name)
				continue
			}
			met++
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if status, text := b.send(jiraDelivery(string(body))); status != 202 {
				t.Errorf("%s: answered %d %q", name, status, text)
			}
			if got := join(b.queue.take()); got != want[column] {
				t.Errorf("label %s, %s: touched %q, want %q", label, name, got, want[column])
			}
		}
		if met != len(table) {
			t.Errorf("%d of the table's %d payloads were met", met, len(table))
		}
	}
}

// jiraTable returns by payload the keys touched under each of two labels.
func jiraTable(t *testing.T) map[string][2]string {
	data, err := os.ReadFile("testdata/jira-payloads.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][2]string{}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 3 {
			t.Fatalf("testdata/jira-payloads.txt: %q, want payload, keys, keys", line)
		}
		var keys [2]string
		for i := range keys {
			if f[i+1] != "-" {
				keys[i] = strings.ReplaceAll(f[i+1], ",", " ")
			}
		}
		table[f[0]] = keys
	}
	return table
}

// Whatever is delivered, a key is one that can stand in a path.
func FuzzJiraKeys(f *testing.F) {
	f.Add([]byte(onHead), "")
	f.Add([]byte(issueJSON("OPS-13", `"labels":["hereby-1"],"parent":{"key":"OPS-1"},"customfield_1":"OPS-2"`, `,"changelog":{"items":[{"field":"Key","fromString":"WEB-1"}]}`)), "")
	f.Add([]byte(`{"webhookEvent":"comment_created","comment":{"self":"https://jira.example/rest/api/2/issue/1/comment/2","body":{}}}`), "")
	f.Add([]byte(`{"issueLink":{"sourceIssueId":1,"destinationIssueId":"2"}}`), "")
	f.Add([]byte{}, "issue.key=OPS-1&issue.id=2&project.key=OPS")
	whole := regexp.MustCompile(`^(jira:#[A-Za-z0-9_=-]{1,64}|jira:[A-Z][A-Z0-9_]+-[1-9][0-9]{0,17}|sweep:jira:[A-Z][A-Z0-9_]+)$`)
	f.Fuzz(func(t *testing.T, body []byte, query string) {
		q, _ := url.ParseQuery(query)
		_, keys, err := jiraKeys(body, q, ops)
		for i, k := range keys {
			if !whole.MatchString(string(k)) || k.Place() != "" && !ops.Serves(k.Place()) {
				t.Fatalf("key %q", k)
			}
			if i > 0 && keys[i-1] >= k {
				t.Fatalf("keys %q", keys)
			}
		}
		if err != nil && len(keys) > 0 {
			t.Fatalf("%v and %q", err, keys)
		}
	})
}
