"""A target for octoDNS that holds what the YAML says without reading anything: the cheapest that a provider can be."""

import logging

from octodns.provider.base import BaseProvider
from octodns.record import Record


class Target(BaseProvider):
    """Makes its records as it is asked for them."""

    SUPPORTS = {"A"}
    SUPPORTS_GEO = False
    SUPPORTS_ROOT_NS = False

    def __init__(self, id, records):
        self.log = logging.getLogger("Target")
        super().__init__(id)
        self.records = int(records)

    def populate(self, zone, target=False, lenient=False):
        """Adds the records."""
        for number in range(self.records):
            data = {"type": "A", "ttl": 300, "value": "192.0.2.1"}
            record = Record.new(zone, f"person{number:07}", data, source=self, lenient=lenient)
            zone.add_record(record, lenient=lenient)
        return True

    def _apply(self, plan):
        raise NotImplementedError
