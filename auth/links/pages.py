"""Where the links in mails lead: to pages that are configured, and never where a request says."""

from authberry.settings import LinkPurpose, Settings

PAGES = {
    LinkPurpose.VERIFY_EMAIL: "verify",
    LinkPurpose.RESET_PASSWORD: "reset",
    LinkPurpose.CONFIRM_EMAIL_CHANGE: "confirm-email",
    LinkPurpose.UNDO_EMAIL_CHANGE: "undo-email",
    LinkPurpose.LOGIN: "login-link",
    LinkPurpose.FACTOR_RESET: "reset-factors",
    LinkPurpose.FACTOR_RESET_CANCEL: "keep-factors",
}
"""Our own page of each purpose, below `/account/`."""


class LinkPages:
    """A page for each purpose: the frontend's where `AUTHBERRY_LINK_URLS` names it, else ours."""

    def __init__(self, settings: Settings) -> None:
        """Lead where `settings` say."""
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Lead to another public URL's pages."""
        self._configured = settings.link_urls
        self.pages = f"{settings.public_url}/account"
        self.forgot = f"{self.pages}/forgot" if settings.pages else None
        """The page that asks for a new password, where there is one of ours."""

    def to(self, purpose: LinkPurpose, token: str) -> str:
        """Write the link that hands `token` to the page.

        To our own pages it goes as the fragment, which no browser sends and no log holds.
        """
        if template := self._configured.get(purpose):
            return template.replace("{token}", token)
        return f"{self.pages}/{PAGES[purpose]}#token={token}"
