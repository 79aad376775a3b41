"""A WebDAV server on one directory: ``python webdav.py DIRECTORY PASSWORD basic|digest``."""

from __future__ import annotations

import sys

from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

directory, password, scheme = sys.argv[1:]
app = WsgiDAVApp(
    {
        "provider_mapping": {"/": directory},
        "simple_dc": {"user_mapping": {"*": {"robot": {"password": password}}}},
        "http_authenticator": {
            "accept_basic": scheme == "basic",
            "accept_digest": scheme == "digest",
            "default_to_digest": scheme == "digest",
        },
        "verbose": 0,
    }
)
server = wsgi.Server(("127.0.0.1", 0), app)
server.prepare()
sys.stdout.write(f"http://127.0.0.1:{server.bind_addr[1]}" + "\n")
sys.stdout.flush()
server.serve()
