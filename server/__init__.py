"""The shell around the domain: configuration, HTTP, signalling and storage."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("greenroom")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+checkout"
