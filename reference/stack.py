"""The stack of a Task: where its coroutine stands, or how it failed."""

import traceback
from types import FrameType
from typing import Any, TextIO


def frames_of(coroutine: Any, error: BaseException | None, limit: int | None) -> list[FrameType]:
    """Give the frame where a coroutine stands, else those of its error's traceback, oldest first.

    `limit` keeps the newest frames of a stack and the oldest of a traceback (task-30a, 30b).
    """
    if error is not None:
        return [frame for frame, _ in traceback.walk_tb(error.__traceback__)][:limit]
    frames: list[FrameType] = []
    frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
    while frame is not None and (limit is None or len(frames) < limit):
        frames.insert(0, frame)
        frame = frame.f_back
    return frames


def write_frames(title: str, frames: list[FrameType], error: BaseException | None, output: TextIO) -> None:
    """Write a stack, or the traceback of `error`, in the way of the traceback module."""
    print(f"{'Stack' if error is None else 'Traceback'} for {title} (most recent call last):", file=output)
    if error is None:
        steps = [(frame, frame.f_lineno) for frame in frames]
    else:  # the traceback knows where each frame stood when the error passed; the frame itself only where it ended
        steps = list(traceback.walk_tb(error.__traceback__))[: len(frames)]
    print("".join(traceback.StackSummary.extract(steps).format()), file=output, end="")
    if error is not None:
        print("".join(traceback.format_exception_only(error)), file=output, end="")


def place_of(coroutine: Any) -> str:
    """Name a coroutine and the line where it stands."""
    name = f"{getattr(coroutine, '__qualname__', type(coroutine).__name__)}()"
    frame = getattr(coroutine, "cr_frame", None)
    if frame is not None:
        return f"{name} running at {frame.f_code.co_filename}:{frame.f_lineno}"
    code = getattr(coroutine, "cr_code", None)
    return name if code is None else f"{name} done, defined at {code.co_filename}:{code.co_firstlineno}"
