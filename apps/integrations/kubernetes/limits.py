"""How much one import may cost. Each holds for all files of the import together, but for depth."""

# A cluster of 2,000 workloads is about 20 MB as `kubectl get -o json`.
MAX_BYTES = 32 * 1024 * 1024
MAX_DOCUMENTS = 20_000
# Kubernetes' deepest own type (a CustomResourceDefinition apart) stays under 30.
MAX_DEPTH = 100
# Values and keys, with every alias counted as what it stands for.
MAX_NODES = 1_000_000
# Text after aliases are followed. Input without aliases cannot reach it: it is the byte limit.
MAX_TEXT = MAX_BYTES
# libyaml compares each %TAG line with all before it, in C, where no budget stops it.
MAX_DIRECTIVES = 1_000
# Services against workloads. A cluster of 2,000 of each makes a few thousand.
MAX_COMPARISONS = 2_000_000
# Canaries and colours share a Service; no endpoint is shared by more than these.
MAX_SELECTED = 20
