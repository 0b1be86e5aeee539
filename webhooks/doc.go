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
//	its repository or project is served           202, a line in the log, nothing touched
//	it concerns an incident                       202, no I/O
//	the touch is durable                          503, so that senders that retry do
//	                                              202
//
// [Ingress] does this for any [Source]; [GitHub] and [Jira] are two. Another
// tracker is another Source in a file of its own.
//
// Only trackers deliver. What is written in a wiki is seen when the sweep polls
// it: Confluence has no signed webhooks, and a page that changes a minute
// earlier in our sight saves nobody anything. (GitHub tells of its own wikis
// among its other events.)
//
// Jira differs from GitHub in what a delivery lacks. A comment of Cloud comes
// without its issue's labels and one of Data Center without its issue, a link
// has nothing but two ids, and the body may be left out altogether. So where a
// delivery cannot say that it concerns no incident, what it names is touched;
// and an id alone becomes an alias, which costs nothing unless it is the head
// of an incident.
package webhooks
