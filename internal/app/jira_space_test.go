package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	spaces "github.com/hereby/hereby/internal/sandbox/confluence"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// check looks at the Confluence space before an incident needs it.
func TestCheckLooksAtTheSpace(t *testing.T) {
	_, section := jiraTown(t, sandbox.Cloud)
	c := spaces.New(spaces.Options{})
	web := httptest.NewServer(c.Handler())
	t.Cleanup(web.Close)
	c.SetURL(web.URL)
	c.AddUser("hereby")
	c.AddSpace("OPS", "Operations")
	file := func(space string) string {
		return jiraFile(t, strings.Replace(section, "  wiki: {enabled: false}\n", "  confluence: {url: "+c.API()+", space: "+space+", user: "+c.Email("hereby")+", token: "+c.Token("hereby")+"}\n", 1))
	}
	if _, out, _ := invoke("check", "--config", file("OPS")); !strings.Contains(out, "post-mortems can be kept in the space OPS") {
		t.Errorf("a space that serves:\n%s", out)
	}
	if _, out, _ := invoke("check", "--config", file("NONE")); !strings.Contains(out, "NONE") || strings.Contains(out, "can be kept") {
		t.Errorf("a space that is not there:\n%s", out)
	}
	c.SetRight("hereby", "OPS", spaces.View)
	if code, out, _ := invoke("check", "--config", file("OPS")); code == exitOK || strings.Contains(out, "can be kept") {
		t.Errorf("a space that is only read: %d\n%s", code, out)
	}
}
