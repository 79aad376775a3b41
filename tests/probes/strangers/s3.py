"""An S3-compatible store with one empty bucket, ``documents``: ``python s3.py``."""

from __future__ import annotations

import sys
import time
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
urlopen(Request(f"{url}/documents", method="PUT")).close()
sys.stdout.write(url + "\n")
sys.stdout.flush()
while True:
    time.sleep(60)
