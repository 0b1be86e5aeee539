// Package webhooks is the whole ingress: it takes a tracker's delivery,
// verifies it, maps it with a pure function to the keys of incidents, touches
// them in the queue, and answers. It cannot reach the reconciler.
//
// A delivery is never believed. It says which incident to look at, and nothing
// it carries is kept: lost, repeated and reordered deliveries, and forged ones
// if a secret leaked, can make us look, not act. That is why a delivery that
// was taken before is simply taken again.
//
// The order of things, and the answer when each fails:
//
//	the body fits into 25 MiB                     413
//	the signature is by one of our secrets        401
//	the delivery can be read                      400
//	its repository is served                      202, a line in the log, nothing touched
//	it concerns an incident                       202, no I/O
//	the touch is durable                          503, so that senders that retry do
//	                                              202
//
// [Ingress] does this for any [Source]; [GitHub] is one. Another tracker is
// another Source in a file of its own.
package webhooks
