// Package app is the program: the command line, the wiring of the other
// packages, the life of the service from start to stop, its HTTP pages and
// its metrics. It decides nothing about incidents.
//
// # Life
//
// Start needs the configuration and the store's place; it does not need the
// tracker or the network. Webhooks are taken as soon as the store answers,
// and what could not be done meanwhile stands in the queue.
//
// SIGHUP reads the configuration again, whole or not at all: all that depends
// on it is built anew first (package-wide type [settings]) and then put in
// place at once. A file that cannot be used leaves the old settings standing.
//
// SIGTERM stops taking webhooks, lets the passes that run finish or give back
// their leases, and ends with 0.
//
// # Secrets
//
// Everything that is printed goes through a [redactor], which knows the
// secrets by value.
package app
