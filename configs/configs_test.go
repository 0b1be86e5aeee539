package configs_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/hereby/hereby/internal/config"
)

// set is an environment in which every variable has a value.
func set(string) (string, bool) { return "value", true }

// TestExamplesLoad holds that what people copy works: the example, which the
// compose file has in the container, and the configuration in the Kubernetes one.
func TestExamplesLoad(t *testing.T) {
	inner := map[string]string{"hereby.example.yaml": read(t, "hereby.example.yaml")}

	for _, doc := range documents(t, "kubernetes.yaml") {
		if doc["kind"] == "ConfigMap" {
			inner["kubernetes.yaml"], _ = doc["data"].(map[string]any)["hereby.yaml"].(string)
		}
	}
	for name, text := range inner {
		c, err := config.Parse(name, []byte(text), set)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if len(c.GitHub.Repos) == 0 || c.GitHub.Token != "value" {
			t.Errorf("%s: github = %+v", name, c.GitHub)
		}
	}
}

// TestTheExampleWithAWebhookLoads holds that the line to uncomment is right.
func TestTheExampleWithAWebhookLoads(t *testing.T) {
	text := strings.Replace(read(t, "hereby.example.yaml"), "# webhook_secrets", "webhook_secrets", 1)
	c, err := config.Parse("hereby.example.yaml", []byte(text), set)
	if err != nil || len(c.GitHub.WebhookSecrets) != 1 {
		t.Errorf("%v", err)
	}
}

// TestTheExampleOfJiraLoads holds that its section needs no more than that its
// # are taken away.
func TestTheExampleOfJiraLoads(t *testing.T) {
	_, text, ok := strings.Cut(read(t, "hereby.example.yaml"), "# jira:\n")
	if !ok {
		t.Fatal("the example has no section on Jira")
	}
	text, _, _ = strings.Cut(text, "\n\n")
	text = "jira:\n" + strings.ReplaceAll("\n"+text, "\n# ", "\n") + "\n"
	c, err := config.Parse("hereby.example.yaml", []byte(text), set)
	if err != nil || !c.Jira.Serves("OPS") || len(c.Jira.WebhookSecrets) != 1 || c.Jira.Confluence == nil {
		t.Errorf("%v", err)
	}
}

// TestTheReadMesConfigurationsLoad holds that what its two sections on
// connecting say to save can be used, each by itself and both at once.
func TestTheReadMesConfigurationsLoad(t *testing.T) {
	var blocks []string
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		blocks = append(blocks, strings.ReplaceAll("\n"+strings.TrimRight(block[1], " "), "\n   ", "\n"))
	}
	if len(blocks) != 2 {
		t.Fatalf("%d configurations", len(blocks))
	}
	for name, text := range map[string]string{"GitHub": blocks[0], "Jira": blocks[1], "both": blocks[0] + blocks[1]} {
		for _, text := range []string{text, strings.ReplaceAll(text, "# webhook_secrets", "webhook_secrets")} {
			if _, err := config.Parse("README.md", []byte(text), set); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestRedisConfigurationKeepsWhatItWasTold(t *testing.T) {
	for _, line := range []string{"maxmemory-policy noeviction", "appendonly yes", "appendfsync everysec"} {
		if !strings.Contains(read(t, "redis.conf"), "\n"+line+"\n") {
			t.Errorf("redis.conf lacks %q", line)
		}
	}
}

func TestContainersAgreeWithTheImage(t *testing.T) {
	docker, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"HEREBY_LISTEN=0.0.0.0:8080", "EXPOSE 8080", "USER 65532", `"--config", "/etc/hereby/hereby.yaml"`, "CGO_ENABLED=0", "internal/app.revision=${REVISION}"} {
		if !strings.Contains(string(docker), want) {
			t.Errorf("the Dockerfile lacks %s", want)
		}
	}
	if strings.Contains(string(docker), "syntax=") {
		t.Error("the Dockerfile has a line that fetches a frontend from a registry, and no instruction that needs it")
	}
	for name, want := range map[string]string{"docker-compose.yaml": ":/etc/hereby/hereby.yaml:ro", "kubernetes.yaml": "mountPath: /etc/hereby,"} {
		if !strings.Contains(read(t, name), want) {
			t.Errorf("%s lacks %s", name, want)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func documents(t *testing.T, name string) (all []map[string]any) {
	t.Helper()
	in := yaml.NewDecoder(bytes.NewReader([]byte(read(t, name))))
	for {
		var doc map[string]any
		err := in.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, doc)
	}
}
