"""How the embedded server is set up: given at each start, so that no file can drift."""

from __future__ import annotations

from runtime_portal.launch.socket_folder import PORT

# The statement that failed holds its values, and DETAIL holds rows: neither is logged.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    # What counts over all tenants looks into every part of every partition in one transaction.
    "max_locks_per_transaction": "512",
    "shared_buffers": "128MB",
}
