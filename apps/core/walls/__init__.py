"""The walls below the code: policies, grants, guards. See docs/walls.md."""

# Schemas that are kept ready for the next partitions: walled like one, and of no tenant.
SPARE = "spare_"
