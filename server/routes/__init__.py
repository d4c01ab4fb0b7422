"""Who is asking at a host's plain routes, beside GraphQL, a file a framework.

A host that holds an open `Auth` imports the file of its own framework: `fastapi`, `starlette` or
`litestar`. So nothing is imported here. `guard` is what they have in common: what a route wants of
whoever asks; `refusal` is what others are answered; `login_page` leads people to where they log in,
and back; `operations` runs GraphQL for a form. `authberry.server.verify` is for services that hold
public keys and nothing else.
"""
