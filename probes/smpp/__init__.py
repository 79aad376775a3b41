"""Short messages by SMPP 3.4: the ``sms`` probe hears by it, the ``sms`` channel speaks by it.

No library of a licence that we may use knows TLS, a gateway's own status codes and what was
written before a connection broke; and what is needed of the protocol is small.
"""
