"""Access tokens in other people's services, a file a framework; none of them needs the server.

A service imports the file of its own framework: `starlette`, `fastapi` or `strawberry`. So nothing
is imported here. `refusals` is what they have in common: statuses, headers and bodies.
"""
