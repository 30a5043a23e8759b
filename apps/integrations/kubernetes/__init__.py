"""Published Kubernetes manifests, read into one release. Pure: no Django, no database, no network.

`release.read_release` is the way in.
"""
