"""Access tokens in other people's services, a file a framework; none of them needs the server."""
