"""The walls below the code: policies, grants, guards. See docs/walls.md."""
