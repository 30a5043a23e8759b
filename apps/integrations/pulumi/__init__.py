"""Pulumi's state as a release: what `pulumi stack export` writes, and checkpoint files.

Pure, like the reader of Kubernetes that it hands its objects to; `release.read_stack` is the way
in.
"""
