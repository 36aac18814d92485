"""The stand-in for the identity providers of applicants (マイナポータル, GビズID) and of the government's staff: two issuers.

It vouches for anybody who asks and exists in demo and test mode only.
"""

from partner.auth.standin.routes import router

__all__ = ["router"]
