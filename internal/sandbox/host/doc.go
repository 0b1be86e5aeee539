// Package host holds what the stateful models of trackers and wikis have in
// common, whatever they model: how requests find their routes, are counted and
// go wrong, how lists lag and effects come late, how webhooks wait and go out,
// and how pages are shown and kept to this machine.
package host
