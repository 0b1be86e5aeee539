// Package configs holds the settings that Hereby ships with: default.yaml,
// which is loaded before every configuration file and documents every
// setting, and examples to copy.
package configs

import _ "embed"

// Default is default.yaml.
//
//go:embed default.yaml
var Default []byte
