"""The process that emulates AWS: MiniStack, with AWS's documented behaviour where it differs.

`tests/local_cloud/test_conformance.py` has a test for each point that is restored. What the local
cloud still does otherwise than AWS:

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

**Queues and streams.** A malformed partial response to SQS counts as success (AWS: the whole batch
returns), and batching windows are ignored. A bad batch of Kinesis comes again for ever: no
bisecting, retry limit, record age, destination or partial response.

**CloudWatch and X-Ray.** Alarms, metric filters, embedded metrics, dashboards, `stats` of Insights
and traces are stored, not evaluated.
"""
