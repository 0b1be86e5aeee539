// Package config reads the settings: the built-in configs/default.yaml first,
// a team's own file on top of it.
//
// The reading is strict and says everything at once. A key nobody knows, a
// variable that is not set, a value of the wrong kind or out of its bounds
// each become a [Finding] with file, line and column, what was expected and
// what to do; [Load] returns all of them in one [Error], so that nobody mends
// a file one start at a time.
//
// ${NAME} is replaced in values, after the YAML was parsed: what a variable
// holds is text and never becomes YAML. $${ stands for the characters ${.
package config
