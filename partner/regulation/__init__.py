"""The law as data: dated, cited files under `regulation/`, read once, refused when anything is out of order. Pure."""

from partner.regulation.law import Law, load
from partner.regulation.reading import RegulationError

__all__ = ["Law", "RegulationError", "load"]
