"""A site on the web, read politely: few connections, pauses where the host asks for them, no step to another host."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, SSLError

from sdgbook.hosting.verify.reading import MOST, Answer, CannotRead, decoded

AGENT = "sdgbook-verify (Cao Bang SDG report)"
MOVED, BUSY = {301, 302, 303, 307, 308}, {429, 503}
MOST_STEPS, MOST_TRIES = 5, 4
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Manners:
    """How much a host is asked: connections at a time, seconds between two requests of one connection, and for how many
    seconds in all a host that asks for patience is waited for."""

    connections: int = 4
    pause: float = 0.0
    patience: float = 300.0


class Web:
    """A site at an address (`https://example.org/bao-cao/`)."""

    is_web = True

    def __init__(self, address: str, manners: Manners | None = None):
        self.address = address if address.endswith("/") else f"{address}/"
        self.manners = manners or Manners()
        self._hosts = urllib3.PoolManager(
            maxsize=self.manners.connections, block=True, timeout=urllib3.Timeout(connect=10, read=30)
        )
        self._lock, self._stopped = threading.Lock(), threading.Event()
        # Nobody asks before the first moment, and nobody waits beyond the second.
        self._not_before, self._until = 0.0, time.monotonic() + self.manners.patience
        self._is_there = False

    def read(self, name: str, coding: str = "", known: str = "", follow: bool = True) -> Answer:
        """What the host answers for a file; a step to another host is not taken, one on the same if `follow`."""
        headers = {"User-Agent": AGENT, "Accept-Encoding": coding or "identity"}
        if known:
            kind, _, value = known.partition(" ")
            headers[{"etag": "If-None-Match", "time": "If-Modified-Since"}[kind]] = value
        address = self.address + quote(name)
        for _ in range(MOST_STEPS):
            answer = self._ask(address, headers)
            if not answer.location or not follow or not _is_step(self.address, answer.location):
                break
            address = answer.location
        # “The same as you know” comes without the file, whatever its headers say of it.
        coding = "" if answer.is_same else answer.headers.get("content-encoding", "")
        return replace(answer, content=decoded(answer.content, coding))

    def others(self) -> Iterator[str]:
        """None: a host does not tell."""
        return iter(())

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopped.set()

    def _ask(self, address: str, headers: dict[str, str]) -> Answer:
        """One request, asked again where the host is busy or the line breaks."""
        for tried in range(1, MOST_TRIES + 1):
            self._wait()
            try:
                answer = self._once(address, headers)
            except SSLError as error:
                raise CannotRead(f"chứng chỉ hay kết nối HTTPS không dùng được ({error})") from None
            except HTTPError as error:
                # A host that has never answered is not waited for: most likely its name is wrong.
                if tried == MOST_TRIES or not self._is_there:
                    raise CannotRead(f"không kết nối được ({type(error).__name__})") from None
                self._be_patient(2.0 ** (tried - 2))
                continue
            self._is_there = True
            if answer.status not in BUSY:
                break
            if tried < MOST_TRIES:
                self._be_patient(_seconds(answer.headers.get("retry-after"), 2.0**tried))
        if answer.status >= 500 or answer.status in BUSY:
            raise CannotRead(f"máy chủ trả lời {answer.status}")
        return answer

    def _once(self, address: str, headers: dict[str, str]) -> Answer:
        got = self._hosts.request(
            "GET", address, headers=headers, redirect=False, retries=False, preload_content=False, decode_content=False
        )
        content = got.read(MOST + 1)
        if len(content) > MOST:
            got.close()
            raise CannotRead("tệp lớn quá mức")
        got.release_conn()
        told = {name.lower(): value for name, value in got.headers.items()}
        to = urljoin(address, told["location"]) if got.status in MOVED and "location" in told else ""
        return Answer(got.status, content, told, to, _tag(told), got.status == 304)

    def _wait(self) -> None:
        self._stopped.wait(self.manners.pause)
        while not self._stopped.is_set() and (left := self._not_before - time.monotonic()) > 0:
            self._stopped.wait(left)
        if self._stopped.is_set():
            raise CannotRead("đã dừng")

    def _be_patient(self, seconds: float) -> None:
        """Let nobody ask for some seconds; raises `CannotRead` where that is too long."""
        moment = time.monotonic() + seconds
        if moment > self._until:
            raise CannotRead(f"máy chủ bảo đợi {seconds:.0f} giây nữa")
        with self._lock:
            self._not_before = max(self._not_before, moment)


def _tag(headers: Mapping[str, str]) -> str:
    for kind, name in (("etag", "etag"), ("time", "last-modified")):
        if name in headers:
            return f"{kind} {headers[name]}"
    return ""


def _seconds(told: str | None, otherwise: float) -> float:
    try:
        return max(urllib3.Retry().parse_retry_after(told), 0.0) if told else otherwise
    except InvalidHeader:
        return otherwise


def _is_step(site: str, address: str) -> bool:
    """Whether an address is on the site's own host; from HTTP to HTTPS is no other."""
    own, other = urlsplit(site), urlsplit(address)
    if other.scheme not in PORTS or own.hostname != other.hostname:
        return False
    ports = [part.port or PORTS[part.scheme] for part in (own, other)]
    return ports[0] == ports[1] or ((own.scheme, other.scheme) == ("http", "https") and ports == [80, 443])
