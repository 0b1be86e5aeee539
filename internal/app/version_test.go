package app

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	for _, word := range []string{"version", "--version", "-version"} {
		code, stdout, said := invoke(word)
		if code != exitOK || said != "" || !strings.HasPrefix(stdout, "hereby ") || !strings.Contains(stdout, "\ngo1.") {
			t.Errorf("%s: exit code %d, %q, said %q", word, code, stdout, said)
		}
	}
	if code, _, said := invoke("version", "now"); code != exitError || !strings.Contains(said, "nothing to do with") {
		t.Errorf("exit code %d, said %q", code, said)
	}
}

func TestVersionText(t *testing.T) {
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "34b350a"}, {Key: "vcs.time", Value: "2026-11-22T19:14:09Z"}, {Key: "vcs.modified", Value: modified}, {Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}}
	}
	for want, info := range map[string]debug.BuildInfo{
		"hereby v1.2.3\nrevision 34b350a of 2026-11-22T19:14:09Z\ngo1.26.8 linux/arm64\n":             {GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: vcs("false")},
		"hereby (devel)\nrevision 34b350a of 2026-11-22T19:14:09Z, with changes that are not in it\n": {Main: debug.Module{Version: "(devel)"}, Settings: vcs("true")},
		"hereby of an unknown version\nrevision unknown: the build did not keep it\n":                 {},
	} {
		if got := versionText(&info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	revision = "6764933" // as the linker has it in an image
	defer func() { revision = "" }()
	if got, want := versionText(&debug.BuildInfo{}), "hereby of an unknown version\nrevision 6764933\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
