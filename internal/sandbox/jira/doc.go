// Package jira is a stateful model of Jira, Cloud or Data Center, behind real
// HTTP: people, roles, projects, issue types, workflows, issues, sub-tasks,
// epics, comments, properties, links, search, permissions, limits, and webhooks
// out. The demo, the simulation and the tests run against it.
//
// # Shape
//
// A [Server] holds the whole state behind one mutex. A request becomes a call
// (call.go): who asks, about what. A handler reads or changes the state through
// the same functions that an [Actor] uses, so that a person in a test and a
// client over HTTP obey the same rules. Every change of an issue goes through
// change (lag.go), is written to its history where Jira does so (history.go),
// and is told to the hooks (hooks.go).
//
// What the model refuses, Jira refuses, in Jira's form: messages, and errors by
// field. Where Jira's behaviour is undocumented the model takes the harsher
// reading, so that nobody comes to rely on a kindness: a link or a property
// changes no "updated", for one.
//
// The pages at /browse/KEY are for people who play with it (web.go): there they
// act as anybody. World tells the final state.
//
// # Editions
//
// Options.Edition chooses. Cloud knows people by account ids and hides their
// mail addresses, hangs everything under "parent", searches at /search/jql, and
// keeps texts as documents, so that wiki markup comes back in another spelling
// (text.go). Data Center knows people by names, hangs issues under epics by a
// custom field, searches at /search, and gives texts back as they came.
//
// # Time
//
// All time comes from Options.Clock and is cut to whole milliseconds, as
// Jira's is. Ids and tokens are counted, not random: the same story gives the
// same world.
//
// # Disturbances
//
// Options.Fault decides for each API request how it goes wrong (faults.go);
// Options.Lag hides a change from searches for a while (lag.go); deliveries can
// be held, dropped, repeated and shuffled (deliveries.go).
package jira
