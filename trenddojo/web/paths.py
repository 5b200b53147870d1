"""Addresses that a browser names: only those of our own pages are followed."""

from urllib.parse import urlsplit

from flask import request


def own(path: str, otherwise: str = "/") -> str:
    """`path` if it leads to a page of ours, else `otherwise`.

    A browser drops tabs and line ends, and reads a backslash as a slash: "/\\t/x.org" and "/\\\\x.org" lead elsewhere.
    """
    is_plain = all("!" <= character != "\x7f" and character != "\\" for character in path)
    return path if is_plain and path.startswith("/") and not path.startswith("//") else otherwise


def referring(otherwise: str = "/") -> str:
    """The page of ours that the request was made from, else `otherwise`."""
    address = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if address.netloc != request.host:
        return otherwise
    return own(f"{address.path}?{address.query}" if address.query else address.path, otherwise)


def wanted() -> str:
    """The page to return to after signing in: the one asked for, or the one that a form or fragment belongs to."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return own(request.full_path.removesuffix("?"))
    return referring()
