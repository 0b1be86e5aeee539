package app

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
)

// revision is the commit that was built, given by the linker (-X) where the
// build has no repository at hand, as in the Dockerfile.
var revision string

// version says which build of the program this is.
func version(in *invocation, args []string) int {
	if _, code, ok := in.parse(in.flagSet(), args); !ok {
		return code
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	fmt.Fprint(in.stdout, versionText(info))
	return exitOK
}

// versionText names the module's version, the commit that was built, and the
// compiler, as far as the build kept them.
func versionText(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	var b strings.Builder
	fmt.Fprintf(&b, "hereby %s\n", cmp.Or(info.Main.Version, "of an unknown version"))
	built, at := settings["vcs.revision"], settings["vcs.time"]
	switch {
	case built == "" && revision != "":
		fmt.Fprintf(&b, "revision %s\n", revision)
	case built == "":
		b.WriteString("revision unknown: the build did not keep it\n")
	case settings["vcs.modified"] == "true":
		fmt.Fprintf(&b, "revision %s of %s, with changes that are not in it\n", built, at)
	default:
		fmt.Fprintf(&b, "revision %s of %s\n", built, at)
	}
	if info.GoVersion != "" {
		fmt.Fprintf(&b, "%s %s/%s\n", info.GoVersion, settings["GOOS"], settings["GOARCH"])
	}
	return b.String()
}
