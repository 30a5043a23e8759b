"""The domain as the code has it: entities, states, invariants, and the tests that attack them.

`describe_domain` prints it as docs/domain.md; a test compares the two. Nothing at run time reads
it.
"""
