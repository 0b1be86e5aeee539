// Package templates embeds every text a person reads. A directory named in
// the configuration stands in front of it, file by file.
//
// The *.md files are Go text templates whose data package plan documents
// where it renders them; checklists.yaml holds the roles and their duties.
package templates

import "embed"

// FS holds the built-in texts.
//
//go:embed *.md checklists.yaml
var FS embed.FS
