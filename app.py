"""The application that a WSGI server serves: `gunicorn app:app`."""

from trenddojo.factory import create_app

app = create_app()
