// Package command reads what people say to us: the phrase that declares an
// incident, and the commands that steer one.
//
// It reads spoken lines, from which an adapter has taken quotes, code and HTML
// comments, so that no tracker's markup is known here.
package command
