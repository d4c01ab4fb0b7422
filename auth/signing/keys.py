"""The keys that sign access tokens: where they are kept, which one signs, which still verify.

A key's state follows from time alone. It is *next* until it activates, *active* until the following
key does, then *retired*, and it verifies until the last token it can have signed has expired. So no
process has to tell another anything: each reads the rows now and then, and a new key is published
for longer than anybody's copy of the key set is kept before it signs.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import zip_longest

from tortoise.exceptions import IntegrityError

from authberry.clock import Clock
from authberry.models import Database, DatabaseUnavailable, SigningKey
from authberry.models.event_logger import event_logger
from authberry.settings import PREFIX, Settings, SettingsError
from authberry.signing.configured_keys import configured_keys
from authberry.tokens import Key, Sealer, Unreadable

logger = event_logger("authberry.keys")

RELOAD_INTERVAL = timedelta(seconds=60)
UNKNOWN_KEY_INTERVAL = timedelta(seconds=5)
JWKS_MAX_AGE = timedelta(seconds=300)
PUBLISH_BEFORE = timedelta(seconds=900)
"""How long a key is published before it signs: longer than JWKS may be cached, and reloads take."""
VERIFY_MARGIN = timedelta(seconds=300)


class KeyState(Enum):
    """Where a key is in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class RingKey:
    """A key with the times between which it signs and verifies."""

    key: Key
    activates_at: datetime
    retires_at: datetime | None = None
    created_at: datetime | None = None
    position: int = 0


@dataclass(eq=False)
class KeyRing:
    """The keys this process knows."""

    settings: Settings
    database: Database
    clock: Clock

    def __post_init__(self) -> None:
        """Hold nothing yet; `load` reads the keys."""
        self._sealer = Sealer(self.settings.secrets, "signing keys")
        self._keys: tuple[RingKey, ...] = ()
        self._by_kid: dict[str, RingKey] = {}
        self._loaded_at: datetime | None = None
        self._looked_up_at: datetime | None = None
        self._looking_up = asyncio.Lock()
        self._outdated: dict[str, Key] = {}
        self._is_static = self.settings.signing_keys is not None

    async def load(self) -> None:
        """Read the keys, and make or replace them where it is time to.

        Raises:
            SettingsError: the configured keys are unusable, or the secret fits none of the stored.
            DatabaseUnavailable: the stored ones cannot be read.
        """
        await self.read()
        if self._is_static:
            return
        await self._reseal()
        newest = self._keys[-1].activates_at if self._keys else None
        if newest is None or newest + self.settings.signing_key_ttl <= self.clock.now():
            await self._add(immediately=False)

    async def read(self) -> None:
        """Read the configured or the stored keys, and change nothing; raises as `load`."""
        if self.settings.signing_keys is not None:
            now = self.clock.now()
            keys = configured_keys(self.settings.signing_keys)
            # The first signs; the others verify for as long as they are listed.
            self._take([RingKey(key, now) for key in (*keys[1:], keys[0])])
            return
        with self.database.use():
            rows = await SigningKey.all().order_by("position")
        known = {held.key.kid: held.key for held in self._keys}
        self._take(
            [
                RingKey(
                    known.get(row.kid) or self._decrypt(row),
                    row.activates_at,
                    following.activates_at if following else None,
                    row.created_at,
                    row.position,
                )
                for row, following in zip_longest(rows, rows[1:])
            ]
        )

    async def refresh(self, *, unknown_kid: bool = False) -> None:
        """Read the keys again if it is time to; a database that is away changes nothing.

        Args:
            unknown_kid: A token named a key that is not here. Asked for by strangers, so that it is
                heeded only every few seconds, whenever the keys were read otherwise.
        """
        if self._is_static:
            return
        if not unknown_kid:
            if self._is_due(self._loaded_at, RELOAD_INTERVAL):
                await self._reload()
            return
        # Whoever brings the same new key meanwhile waits for the same answer.
        async with self._looking_up:
            if self._is_due(self._looked_up_at, UNKNOWN_KEY_INTERVAL):
                await self._reload()
                self._looked_up_at = self.clock.now()

    async def rotate(self, *, immediately: bool = False) -> RingKey:
        """Add a key, published now and active once every cache has seen it.

        Args:
            immediately: Let it sign at once, as when the active key is known to be stolen. Services
                that cache the key set refuse its tokens until they look again.

        Raises:
            SettingsError: the keys come from the environment, where this cannot change them.
        """
        if self._is_static:
            raise SettingsError(f"{PREFIX}SIGNING_KEYS holds the keys: rotate them there")
        await self.read()
        return await self._add(immediately=immediately)

    def signing(self) -> Key:
        """The active key."""
        now = self.clock.now()
        active = [held.key for held in self._keys if held.activates_at <= now]
        # A clock that has jumped back has no active key yet; the oldest is the likeliest known.
        return active[-1] if active else self._keys[0].key

    def verifying(self, kid: str) -> Key | None:
        """The key of that id, unless nothing it signed can still be good."""
        held = self._by_kid.get(kid)
        if held is None or self._is_spent(held):
            return None
        return held.key

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set (RFC 7517, section 5) of all that sign, will sign or may still verify."""
        public = (held.key.public_jwk for held in self._keys if not self._is_spent(held))
        return {"keys": [jwk for jwk in public if jwk is not None]}

    def states(self) -> list[tuple[RingKey, KeyState]]:
        """Every key with its state, oldest first."""
        signing = self.signing().kid if self._keys else None
        now = self.clock.now()
        return [
            (
                held,
                KeyState.ACTIVE
                if held.key.kid == signing
                else KeyState.NEXT
                if held.activates_at > now
                else KeyState.RETIRED,
            )
            for held in self._keys
        ]

    async def prune(self) -> int:
        """Delete the keys of which no token can be good any more; returns how many."""
        spent = [held.key.kid for held in self._keys if self._is_spent(held)]
        if not spent or self._is_static:
            return 0
        with self.database.use():
            count = await SigningKey.filter(kid__in=spent).delete()
        await self.read()
        return count

    def _is_due(self, last: datetime | None, interval: timedelta) -> bool:
        return last is None or abs(self.clock.now() - last) >= interval

    async def _reload(self) -> None:
        self._loaded_at = self.clock.now()
        try:
            await self.load()
        except (DatabaseUnavailable, SettingsError) as error:
            logger.warning("signing keys not reloaded", extra={"cause": str(error)})

    async def _reseal(self) -> None:
        """Encrypt under the first secret what another encrypts, so that the other may go."""
        for kid, key in list(self._outdated.items()):
            with self.database.use():
                await SigningKey.filter(kid=kid).update(encrypted_jwk=self._encrypt(key))
            del self._outdated[kid]
            logger.info("signing key encrypted under the first secret", extra={"kid": kid})

    async def _add(self, *, immediately: bool) -> RingKey:
        """Add a key behind those read last: of all who read the same, one gets the position."""
        last = self._keys[-1] if self._keys else None
        now = self.clock.now()
        # On a thread: to find the primes of an RSA key takes half a second.
        key = await asyncio.to_thread(Key.generate, self.settings.signing_algorithm)
        with self.database.use():
            try:
                await SigningKey.create(
                    kid=key.kid,
                    position=last.position + 1 if last else 1,
                    algorithm=key.algorithm,
                    public_jwk=key.public_jwk or {},
                    encrypted_jwk=self._encrypt(key),
                    created_at=now,
                    activates_at=now if immediately or last is None else now + PUBLISH_BEFORE,
                )
            except IntegrityError:
                logger.info("another process rotated the signing keys first")
        await self.read()
        return self._keys[-1]

    def _is_spent(self, held: RingKey) -> bool:
        last = self.settings.access_token_ttl + VERIFY_MARGIN
        return held.retires_at is not None and held.retires_at + last < self.clock.now()

    def _take(self, keys: Sequence[RingKey]) -> None:
        self._keys = tuple(keys)
        self._by_kid = {held.key.kid: held for held in keys}
        self._loaded_at = self.clock.now()

    def _secret_does_not_fit(self) -> SettingsError:
        if self.settings.secret:
            return SettingsError(
                f"{PREFIX}SECRET: does not fit the signing keys in the database."
                " Configure the secret they were made with, behind the new one"
            )
        return SettingsError(
            f"{PREFIX}SECRET: is not set, and the one that development keeps in"
            f" {self.settings.secret_file.absolute()} does not fit the signing keys in the"
            " database, which were made with another. Give every process that uses this database"
            f" one and the same {PREFIX}SECRET, or that file"
        )

    def _encrypt(self, key: Key) -> str:
        return self._sealer.seal(json.dumps(dict(key.jwk)).encode(), key.kid)

    def _decrypt(self, row: SigningKey) -> Key:
        try:
            opened = self._sealer.open(row.encrypted_jwk, row.kid)
        except Unreadable:
            raise self._secret_does_not_fit() from None
        key = Key.from_jwk({**json.loads(opened.plain), "kid": row.kid})
        if opened.is_outdated:
            self._outdated[key.kid] = key
        return key
