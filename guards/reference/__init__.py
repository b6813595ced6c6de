"""The incident's platform in small, behind the guard: load balancers and what stands on them; the default service.

It may use every room but the commands. None of these knows it: the kit meets it as it meets any other service.
"""

from guards.reference.service import make_service

__all__ = ["make_service"]
