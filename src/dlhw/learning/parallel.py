"""Several processes that work on one command: torchrun's ranks. The only module that uses ``torch.distributed``.

torchrun starts the same command line once for every rank. Every :class:`~dlhw.learning.device.Compute` carries its
:class:`Ranks`. Those of a process that was started alone are :data:`ALONE`: with them every call does nothing, and
``torch.distributed`` is not touched.
"""

from __future__ import annotations

import atexit
import inspect
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from dlhw import __version__
from dlhw.errors import DlhwError, RankError
from dlhw.learning.launch import launched, local_place, timeout
from dlhw.learning.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["ALONE", "Ranks", "close_ranks", "end_rank", "open_ranks"]

T = TypeVar("T")

SECONDS_TO_REPORT = 5.0
"""How long the ranks that are left wait for each other's report once one is missing."""


_GO_ON = "what was saved is complete: `resume` continues from it, as torchrun --max-restarts does by itself"

_COMMUNICATION = ("gloo", "nccl", "connection", "socket", "timed out", "timeout", "store")
"""What PyTorch's messages of a failed communication have; they have no class of their own."""


class _Group(Ranks):
    """Ranks with a process group: NCCL for tensors on GPUs, gloo for all others."""

    def __init__(self, rank: int, size: int, local_rank: int, local_size: int, store: Any) -> None:
        super().__init__(rank, size, local_rank, local_size)
        self._store = store

    def sum_(self, tensor: Tensor) -> Tensor:
        import torch.distributed as dist

        if self.size > 1:
            with self.answering():
                dist.all_reduce(tensor)
        return tensor

    def maximum_(self, tensor: Tensor) -> Tensor:
        import torch.distributed as dist

        if self.size > 1:
            with self.answering():
                dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
        return tensor

    def greatest(self, *values: int) -> tuple[int, ...]:
        import torch

        # On the CPU: reading it does not wait for a GPU.
        return values if self.size == 1 else tuple(self.maximum_(torch.tensor(values)).tolist())

    def gather(self, value: T) -> list[T]:
        import torch.distributed as dist

        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        with self.answering():
            dist.all_gather_object(values, value)
        return values

    def broadcast(self, value: T) -> T:
        import torch.distributed as dist

        if self.size == 1:
            return value
        values: list[Any] = [value]
        with self.answering():
            dist.broadcast_object_list(values)
        return values[0]  # type: ignore[no-any-return]

    def barrier(self) -> None:
        self.greatest(0)

    def next_number(self, name: str) -> int:
        with self.answering():
            return int(self._store.add(f"number/{name}", 1)) - 1

    def post(self, name: str, value: object) -> None:
        with self.answering():
            self._store.set(name, json.dumps(value))

    def posted(self, name: str) -> Any:
        with self.answering():
            return json.loads(self._store.get(name)) if self._store.check([name]) else None

    def check_heard(self, rank: int, last: float) -> None:
        if (waited := timeout()) < time.monotonic() - last:
            raise RankError(f"rank {rank} did not answer within {waited:g} seconds: it has ended, or is stuck", _GO_ON)

    @contextmanager
    def agreed(self) -> Iterator[None]:
        if self.size == 1:
            yield
            return
        error: DlhwError | None = None
        try:
            yield
        except RankError:
            raise  # the ranks know already
        except DlhwError as failure:
            error = failure
        found = self.gather(None if error is None else (error.message, error.hint, error.exit_code))
        failed = [(rank, said) for rank, said in enumerate(found) if said is not None]
        if not failed:
            return
        rank, (message, hint, code) = failed[0]
        if len({said for _, said in failed}) == 1 and len(failed) == self.size:
            raise RankError(message, hint, exit_code=code, shared=True) from error  # as one process would say it
        raise RankError(f"rank {rank}: {message}", hint, exit_code=code, shared=True) from error

    def on_first(self, action: Callable[[], T]) -> T:
        if self.size == 1:
            return action()
        result: Any = None
        error: DlhwError | None = None
        if self.leads:
            size, self.size = self.size, 1  # nobody would answer what is called in there
            try:
                result = action()
            except DlhwError as failure:
                error = failure
            finally:
                self.size = size
        failed = None if error is None else (error.message, error.hint, error.exit_code)
        failed, result = self.broadcast((failed, result))
        if failed is not None:
            message, hint, code = failed
            raise RankError(message, hint, exit_code=code, shared=True) from error
        return result  # type: ignore[no-any-return]

    def check_same(self, what: str, value: object) -> None:
        values = self.gather(value)
        other = next((rank for rank, theirs in enumerate(values) if theirs != values[0]), None)
        if other is not None:
            raise RankError(
                f"the ranks have different {what}: rank 0 has {_shown(values[0])}, and rank {other} has "
                f"{_shown(values[other])}",
                "give every rank the same command line, the same data and the same versions",
                shared=True,
            )

    def wrap(self, model: nn.Module) -> nn.Module:
        from torch.nn.parallel import DistributedDataParallel

        if self.size == 1:
            return model
        with self.answering():
            # Buffers are averaged after the step, see average_buffers; DDP would take rank 0's, before it.
            names = inspect.signature(DistributedDataParallel).parameters
            option = "forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers"  # before 2.13
            options: dict[str, Any] = {option: False}
            return DistributedDataParallel(model, **options)

    def average_buffers(self, model: nn.Module) -> None:
        import torch

        buffers = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        if not buffers or self.size == 1:
            return
        with torch.no_grad():
            means = self.sum_(torch.cat([buffer.flatten() for buffer in buffers])) / self.size
            for buffer, mean in zip(buffers, torch.split(means, [each.numel() for each in buffers]), strict=True):
                buffer.copy_(mean.view_as(buffer))

    @contextmanager
    def answering(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            if not any(word in str(error).lower() for word in _COMMUNICATION):
                raise
            raise self._lost(error) from error

    def _lost(self, error: RuntimeError) -> RankError:
        """What a failed communication means: which ranks no longer answer."""
        missing = self._missing()
        names, told = ", ".join(map(str, missing)), min(set(range(self.size)) - set(missing))
        who = f"{'rank' if len(missing) == 1 else 'ranks'} {names}" if missing else "another rank"
        late = "timed out" in str(error).lower() or "timeout" in str(error).lower()
        waited = f" within {timeout():g} seconds" if late else ""
        return RankError(
            f"{who} did not answer{waited}: it has ended, or is stuck",
            _GO_ON,
            shared=self.rank != told,
        )

    def _missing(self) -> list[int]:
        """The ranks that do not report within some seconds that they have noticed the failure too."""
        others = [rank for rank in range(self.size) if rank != self.rank]
        try:
            self._store.set(f"noticed/{self.rank}", "1")
            deadline = time.monotonic() + SECONDS_TO_REPORT
            while others and time.monotonic() < deadline:
                others = [rank for rank in others if not self._store.check([f"noticed/{rank}"])]
                time.sleep(0.05)
        except RuntimeError:
            return []  # the store was on the machine that is missing
        return others


_opened: _Group | None = None


def open_ranks() -> Ranks:
    """Meet the other ranks, on the first call; :data:`ALONE` where there are none.

    Raises:
        RankError: they did not come in time, or were started with other options or versions.
    """
    global _opened
    if not launched():
        return ALONE
    if _opened is None:
        _opened = _meet()
        import torch

        versions = {"dlhw": __version__, "python": platform.python_version(), "torch": torch.__version__}
        _opened.check_same("versions", versions)
        _opened.check_same("options", sys.argv[1:])
    return _opened


def close_ranks(*, failed: bool = False) -> None:
    """Leave the group, after all others have come as far; at once where this rank ``failed``."""
    global _opened
    if _opened is None:
        return
    import torch.distributed as dist

    try:
        if not failed:
            _opened.barrier()  # rank 0 may be the one whom the others ask for each other
            dist.destroy_process_group()
    finally:
        _opened = None


def end_rank(code: int) -> NoReturn:
    """End the process of a rank with this exit code: exit handlers run, the interpreter is not taken down.

    gloo's threads outlive ``destroy_process_group``. One that drops the last reference to a tensor while the
    interpreter is taken down aborts the process (SIGABRT), rarely, after all its work is done; torchrun then counts
    it as failed and starts all ranks again (https://github.com/pytorch/pytorch/pull/179291).
    """
    atexit._run_exitfuncs()  # what os._exit leaves out, and sys.exit would run
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _meet() -> _Group:
    import torch
    import torch.distributed as dist
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    wait = timedelta(seconds=timeout())
    address = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    try:
        kept, rank, size = next(iter(rendezvous("env://", timeout=wait)))
        # torchrun may keep its store when it starts the ranks anew: there are the addresses of those that have ended.
        store = PrefixStore(f"attempt {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", kept)
        dist.init_process_group(backend, store=PrefixStore("group", store), rank=rank, world_size=size, timeout=wait)
    except (RuntimeError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise RankError(
            f"rank {os.environ['RANK']} of {os.environ['WORLD_SIZE']} could not connect to others at {address}: {why}",
            "is the port free, and the machine reachable? torchrun --standalone takes a free port on one machine",
        ) from error
    return _Group(rank, size, *local_place(), PrefixStore("dlhw", store))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return " ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
