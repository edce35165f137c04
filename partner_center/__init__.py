"""Partner Center console: bulk licences for the customers of a Microsoft CSP partner."""

__version__ = "0.1.0"
