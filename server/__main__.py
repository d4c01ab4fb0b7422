"""`python -m authberry.server` is `authberry`."""

from authberry.server.entry import main

if __name__ == "__main__":
    main()
