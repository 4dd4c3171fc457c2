"""The process that emulates AWS: MiniStack, with AWS's documented behaviour where it differs.

`tests/local_cloud/test_conformance.py` and `test_source_conformance.py` have a test for each point
that is restored. What the local cloud still does otherwise than AWS:

**API Gateway.** The account's own throttle is absent, and a quota counts from the first request,
not by the calendar. Only Lambda proxies are given up after 29 seconds. An event over 6 MB is
answered 413: observed on AWS, not documented. Access logs, metrics and tracing are accepted and
silent.

**Lambda.** Memory is that of the function's process without its children, looked at every 50 ms
and after each invocation. Writing to the code raises `PermissionError`, on AWS another `OSError`
(errno 30), and a function that changes the permission bits first can write. `/tmp` is this
machine's, without a size; `TMPDIR` is a folder of the local cloud. Memory buys no processor time:
durations are this machine's. A report tells `error` where AWS also tells `timeout`. A reply over
6 MB is refused by API Gateway alone, not by Invoke. `OnSuccess` destinations and the weights of
aliases have no effect. On systems for which AWS's runtime client has no wheel, functions run in
the emulator's own runner: without limit of memory, with code that can be written to.

An asynchronous invocation is tried again after 1 and 2 seconds instead of 1 and 2 minutes; its
record for `OnFailure` lacks `version` and `timestamp`, and a dead-letter queue gets that record
instead of the event alone.

**Queues and streams.** Mappings read, delete and report without asking what the function's role
allows; what the function itself does is checked. Every request counts as one over TLS. A FIFO queue
has one worker at a time, a standard one five unless the mapping says otherwise. The poller looks
once a second, so a batching window is up to a second longer. A batch may be larger than 6 MB. A
mapping for a function that gets a longer timeout later is not looked at again. Batches of a shard
that came by resharding do not wait for those of its parents. A record that is given up because of
its age is reported as `RetryAttemptsExhausted`, the one condition that AWS documents. A stream's
encryption is not told. Which error AWS has for the cancelling of a task that has ended is not
documented.

**CloudWatch and X-Ray.** Alarms, metric filters, embedded metrics, dashboards, `stats` of Insights
and traces are stored, not evaluated.
"""
