"""One module a format, which knows of no other; `trenddojo.statements.registry` names them all."""
