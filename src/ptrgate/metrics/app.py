# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application that Prometheus scrapes: ``gunicorn ptrgate.metrics.app:application``."""

from functools import partial

from prometheus_client import CollectorRegistry, make_wsgi_app

from .families import Host
from .look import GATE, MILTER, Look

_registry = CollectorRegistry()
_registry.register(Host(partial(Look.at, MILTER, GATE)))
application = make_wsgi_app(_registry)
