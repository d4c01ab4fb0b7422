"""Settings: how long deleted accounts and events are kept."""

from datetime import timedelta

from pydantic import Field

from authberry.settings.sources import FromEnvironment
from authberry.settings.values import Seconds


class RetentionSettings(FromEnvironment):
    """What is deleted is gone after these times; zero is at once."""

    deletion_grace: Seconds = Field(default=timedelta(0), ge=timedelta(0))
    event_ttl: Seconds = Field(default=timedelta(days=90), ge=timedelta(0))
    refresh_event_ttl: Seconds = Field(default=timedelta(days=1), ge=timedelta(0))
