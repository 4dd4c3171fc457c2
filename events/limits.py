"""What AWS documents that it takes at most, in bytes and milliseconds.

The function's own limits stand where it keeps them: `config.Settings`, `prediction`, `web_api`.
"""

_MIB = 1024 * 1024

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
INVOCATION_BYTES = 6 * _MIB
ASYNCHRONOUS_INVOCATION_BYTES = _MIB
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RESPONSE_BYTES = 6 * _MIB
UPLOADED_ZIP_BYTES = 50 * _MIB
UNZIPPED_BYTES = 250 * _MIB
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
GATEWAY_REQUEST_BYTES = 10 * _MIB
GATEWAY_TIMEOUT_MS = 29_000
