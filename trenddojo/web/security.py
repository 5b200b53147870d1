"""Headers, CSRF and limits that hold for every answer."""

from flask import Flask, Response, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from trenddojo.config import Config
from trenddojo.services import rate_files
from trenddojo.services.archive.reading import LARGEST as LARGEST_ARCHIVE
from trenddojo.services.market import files as price_files
from trenddojo.web.bearer import HEADER, bearer

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
EVERY_ROUTE = "600 per minute"
SIGN_IN = "5 per minute"
CONNECT = "10 per minute"
LARGEST_REQUEST = 1 << 20
UPLOAD = "60 per minute"
ARCHIVES = "20 per hour"
PICTURES = ("attachments.attach_to_trade", "attachments.attach_to_day")
STATEMENTS = ("imports.upload", "api.bring_statement")
_PICTURES_IN_A_REQUEST = 5

csrf = CSRFProtect()


def who() -> str:
    """Whom a limit counts: whoever's token a program shows, the signed-in person, else the address."""
    shown = bearer() if request.path.startswith("/api/") else None
    return str(shown.user.id if shown else session.get("_user_id") or get_remote_address())


limiter = Limiter(key_func=who, storage_uri="memory://", strategy="moving-window")


def init(app: Flask, config: Config) -> None:
    """Harden `app`: cookies, CSRF, limits, headers."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.production,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open overnight still saves; the session's limits hold
    )
    app.config.setdefault("RATELIMIT_DEFAULT", EVERY_ROUTE)
    uploads = _uploads(config)
    app.before_request(lambda: _allow_files(uploads))  # before the CSRF token is looked for in what was sent
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_harden)
    if config.production:
        app.after_request(_require_https)


def _uploads(config: Config) -> dict[str, int]:
    """What takes files, by endpoint, and how many bytes of them; a file of more than 500 KB waits on disk."""
    tables = {"rates.import_file": rate_files.LARGEST, "prices.import_file": price_files.LARGEST}
    pictures = dict.fromkeys(PICTURES, _PICTURES_IN_A_REQUEST * config.attachment_bytes)
    statements = dict.fromkeys(STATEMENTS, config.import_bytes)
    return {"data.bring": LARGEST_ARCHIVE, **tables, **pictures, **statements}


def _allow_files(uploads: dict[str, int]) -> None:
    """Signed-in people may send the files with the rest of their form, and programs those that they show a token for.

    Whether the token holds is asked before anything of the body is read.
    """
    if request.endpoint in uploads and ("_user_id" in session or _shows_token()):
        request.max_content_length = uploads[request.endpoint] + LARGEST_REQUEST


def _shows_token() -> bool:
    return request.path.startswith("/api/") and HEADER in request.headers


def _harden(answer: Response) -> Response:
    headers = answer.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
        headers["Vary"] = "HX-Request, Cookie"
    return answer


def _require_https(answer: Response) -> Response:
    answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    return answer
