"""One module is one channel kind; ``notify.catalog`` finds them."""
