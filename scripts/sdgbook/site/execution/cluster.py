"""Runs chapters on the workers of a Dask cluster: inputs go out and outputs come back by content, with checksums."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import logging
import os
import platform
import threading
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import sdgbook
from sdgbook.data import Problem, ProblemsFound
from sdgbook.site.execution import SETTING, Job, Outcome, workers
from sdgbook.site.execution.fork import ForkServer

ADDRESS = "SDGBOOK_DASK"
# What else than our own code decides what a cell gives.
MAKERS = ("babel", "ipykernel", "ipython", "jinja2", "pandas")
FIRST_TIME = (1980, 1, 1, 0, 0, 0)
# A worker keeps a process to fork for each of its threads.
_here = threading.local()


class DaskExecutor:
    """Chapters on a cluster: that at the address in `SDGBOOK_DASK`, or processes of this machine for this one run.

    A worker that dies costs its chapter another run elsewhere; a chapter runs in a forked child of the worker, so
    that it disturbs no other and a worker does not grow.
    """

    def __init__(self, address: str | None = None, patience: float = 60):
        self.address, self.patience = address or os.environ.get(ADDRESS) or None, patience
        try:
            import distributed
        except ImportError:
            told = f"{SETTING} là dask, mà chưa cài gói distributed."
            remedy = "Cài bằng: python3 scripts/bootstrap.py --dev, hoặc bỏ biến này để chạy trên máy này."
            raise ProblemsFound([Problem(SETTING, None, None, told, remedy, kind="machine")]) from None
        self.dask = distributed

    def run(
        self, root: Path, jobs: Sequence[Job], done: Callable[[Outcome], None] = lambda outcome: None
    ) -> list[Outcome]:
        """Outcomes in the order of `jobs`; `done` hears of each as soon as it is there."""
        if not jobs:
            return []
        content = pack(root)
        digest = hashlib.sha256(content).hexdigest()
        outcomes: dict[int, Outcome] = {}
        with ExitStack() as open_things:
            client = self._client(open_things)
            # A task of its own, not `scatter`: the scheduler can give it again when all who had it have died.
            inputs = client.submit(bytes, content, key=f"sdgbook-inputs-{digest}")
            numbers = {}
            for number, job in enumerate(jobs):
                asked = json.dumps(job.as_data())
                key = f"sdgbook-{digest[:16]}-{hashlib.sha256(asked.encode()).hexdigest()}-{number}"
                numbers[client.submit(run_there, inputs, digest, asked, versions(), key=key, pure=False)] = number
            for future in self.dask.as_completed(numbers, loop=client.loop):
                number = numbers.pop(future)
                outcomes[number] = self._outcome(jobs[number], future)
                # What has come is not kept there.
                future.release()
                done(outcomes[number])
        return [outcomes[number] for number in range(len(jobs))]

    def _client(self, open_things: ExitStack) -> Any:
        try:
            address = self.address
            if address is None:
                cluster = self.dask.LocalCluster(
                    n_workers=workers(),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
                address = open_things.enter_context(cluster)
            client = open_things.enter_context(self.dask.Client(address, timeout=self.patience, set_as_default=False))
            client.wait_for_workers(1, timeout=self.patience)
            return client
        except (OSError, TimeoutError, ValueError) as error:
            told = f"Không tới được máy chạy hộ nào ở {self.address or 'máy này'} ({type(error).__name__})."
            remedy = f"Xem lại {ADDRESS} và các máy ấy, hoặc bỏ biến {SETTING} để chạy trên máy này."
            raise ProblemsFound([Problem(ADDRESS, None, None, told, remedy, kind="machine")]) from None

    def _outcome(self, job: Job, future: Any) -> Outcome:
        if future.status == "finished":
            content, digest = future.result()
            if hashlib.sha256(content).hexdigest() == digest:
                return Outcome.from_data(json.loads(content))
            told = "Kết quả gửi về không khớp mã kiểm tra của nó."
        elif future.status == "error":
            error = future.exception()
            if isinstance(error, ProblemsFound):
                raise error
            if not isinstance(error, self.dask.KilledWorker):
                raise RuntimeError(f"{job.file}: {error!r}") from error
            told = "Máy chạy hộ chết mỗi lần chạy trang này."
        else:
            told = "Mất liên lạc với nơi điều phối các máy chạy hộ."
        remedy = f"Dựng lại; nếu vẫn thế, bỏ biến {SETTING} để chạy trên máy này."
        return Outcome(job.docname, job.digest, problems=[Problem(job.file, None, None, told, remedy, kind="machine")])


def pack(root: Path) -> bytes:
    """All that cells may read of a project, as one archive: the same files give the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(path for folder in ("data", "book") for path in (root / folder).rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and not any(part.startswith((".", "_build", "__pycache__")) for part in name.parts):
                out.writestr(zipfile.ZipInfo(name.as_posix(), FIRST_TIME), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


@cache
def versions() -> dict[str, str]:
    """What makes outputs here, by name: another version may give others."""
    package = Path(sdgbook.__file__).parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(package).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    makers = {name: importlib.metadata.version(name) for name in MAKERS}
    return {"sdgbook": total.hexdigest()[:12], "Python": platform.python_version(), **makers}


def run_there(content: bytes, digest: str, asked: str, wanted: dict[str, str]) -> tuple[bytes, str]:
    """On a worker: run a job on the packed project `content`; the outcome as JSON, and its SHA-256.

    Raises `ProblemsFound` when this worker's versions are not the `wanted` ones.
    """
    other = {name: version for name, version in versions().items() if wanted.get(name) != version}
    if other:
        told = "; ".join(f"{name} {version}, ở đây {wanted.get(name)}" for name, version in other.items())
        remedy = "Cài cùng một bản ở mọi máy, rồi chạy lại các máy chạy hộ."
        raise ProblemsFound(
            [
                Problem(
                    ADDRESS, None, None, f"Máy chạy hộ {platform.node()} có bản khác: {told}.", remedy, kind="machine"
                )
            ]
        )
    server = getattr(_here, "server", None)
    if server is None:
        # A worker has threads and must not be forked itself.
        server = _here.server = ForkServer(1)
    [outcome] = server.run(unpacked(content, digest), [Job.from_data(json.loads(asked))])
    answer = json.dumps(outcome.as_data(), ensure_ascii=False).encode()
    return answer, hashlib.sha256(answer).hexdigest()


def unpacked(content: bytes, digest: str) -> Path:
    """The folder of this worker's thread that holds the packed project; its content is verified before it is used."""
    from distributed import get_worker

    folder = Path(get_worker().local_directory) / f"sdgbook-{digest[:16]}-{threading.get_native_id()}"
    if getattr(_here, "folder", None) != folder:
        if hashlib.sha256(content).hexdigest() != digest:
            raise RuntimeError("inputs do not fit their checksum")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
        _here.folder = folder
    return folder
