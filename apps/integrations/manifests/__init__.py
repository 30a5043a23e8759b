"""What the portal says of one binding, as Kubernetes manifests: the same facts, the same bytes."""
