// Package command reads what people say to us: the phrase that declares an
// incident ([Declares]), and the commands that steer one ([Parse]).
//
// It reads spoken lines, from which an adapter has taken quotes, code and HTML
// comments, so that no tracker's markup is known here. It says what somebody
// asked for; whether they may have it is for package plan to judge.
//
// # Commands
//
// A command is a spoken line that starts with "/word" or "hereby word", in any
// case; its text runs to the next command. [Table] holds every command once:
// its words, operands, who may give it and what it does. The parser, the help
// and the README's table are all made from it, so they cannot drift apart. A
// word is unknown until it is built.
//
// Lines are judged singly: one that cannot be read carries what is wrong with
// it and the line to paste instead, and the others stand. A line that starts
// with an unknown word is prose, since paths and other automations' commands
// start with "/" as well, unless the word is one slip of the finger away from
// a command.
package command
