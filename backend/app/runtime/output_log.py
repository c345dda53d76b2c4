"""The outputs of one execution in order: stream chunks merged, folded, and kept within limits."""

from __future__ import annotations

from itertools import groupby
from typing import TypeVar

from ..models.notebook import Cut
from ..models.outputs import (
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    MimeBundle,
    Output,
    StreamName,
    StreamOutput,
    joined,
)
from ..settings import Settings
from .bundles import cuts_in, lost_from, size_of, within
from .folding import TerminalText
from .stream_file import ArtifactPath, StreamFile
from .text_window import TextWindow
from .wording import plural

D = TypeVar("D", bound=DisplayData | ExecuteResult)

Shown = DisplayData | ExecuteResult | ErrorOutput

_SCREEN = 100_000
"""Characters fed to the folding screen before its upper lines are handed over."""


class Stream:
    """One stream of one execution: what of it was and may be kept, and the file with all of it."""

    def __init__(self, name: StreamName, limit: int, artifact_path: ArtifactPath) -> None:
        self.name = name
        self.allowance = limit
        self.kept = 0
        self.left_out = 0
        self.unplaced = 0
        """Of those left out, the ones that came when the cell had shown all it may."""
        self.is_within_line = False
        """Whether what it has shown so far ends within a line."""
        self.file = StreamFile(limit, lambda: artifact_path(f"{name}.txt"))

    def settle(self, text: str, kept: int, left_out: int) -> None:
        """A run of text ended as `text`, with so many characters kept and left out."""
        self.allowance -= kept
        self.kept += kept
        self.left_out += left_out
        if text:
            self.is_within_line = not text.endswith("\n")

    def cut(self, kept: int, left_out: int) -> Cut | None:
        """What was left out, if anything, with these of a run that goes on."""
        kept, left_out = kept + self.kept, left_out + self.left_out
        self.file.end(wanted=left_out > 0)
        if not left_out:
            return None
        return Cut(what=self.name, kept=kept, total=kept + left_out, artifact=self.file.artifact)

    def tell(self, left_out: int) -> str:
        """That so much is left out, and where it is."""
        where = f"; all of it is in artifacts/{self.file.artifact}" if self.file.artifact else ""
        return f"{plural(left_out, 'character')} of {self.name} left out{where}"


class StreamRun:
    """Text of one stream between two other outputs.

    Where it begins by going back over the line that the run before it left unfinished, it keeps
    that carriage return, as Jupyter's do: `joined` makes one text of them.
    """

    def __init__(self, stream: Stream, text: str) -> None:
        self.stream = stream
        self._return = "\r" if stream.is_within_line and text.startswith("\r") else ""
        self._screen = TerminalText()
        self._window = TextWindow(stream.allowance)
        self._fed = 0
        self.feed(text)

    def feed(self, text: str) -> None:
        """Append text."""
        self._screen.feed(text)
        self._fed += len(text)
        if self._fed > _SCREEN:
            self._window.add(self._screen.take())
            self._fed = 0

    def output(self) -> tuple[StreamOutput, int, int]:
        """The output so far, how many characters of the cell's it has and how many it lacks."""
        head, left_out, tail = self._window.shown(self._screen.text())
        text = head + self._marker(left_out) + tail if left_out else head
        text = text and self._return + text
        return StreamOutput(name=self.stream.name, text=text), len(head) + len(tail), left_out

    def _marker(self, left_out: int) -> str:
        return f"\n… {self.stream.tell(left_out)} …\n"


class NamedDisplay:
    """A display with an id, which looks the same wherever the cell shows it."""

    def __init__(self, look: DisplayData) -> None:
        self.look = look
        self.places = 0

    @property
    def size(self) -> int:
        """About how many bytes it holds in all places."""
        return size_of(self.look) * self.places


class OutputLog:
    """What the cell showed, in order. Not locked: the execution serialises the calls."""

    def __init__(self, settings: Settings, artifact_path: ArtifactPath) -> None:
        self._settings = settings
        self._artifact_path = artifact_path
        self._entries: list[StreamRun | StreamOutput | Shown | NamedDisplay] = []
        self._streams: dict[StreamName, Stream] = {}
        self._displays: dict[str, NamedDisplay] = {}
        self._display_size = 0
        self._dropped = 0
        self._clear_next = False

    @property
    def size(self) -> int:
        """About how many bytes the outputs hold."""
        text = sum(min(s.file.size, self._settings.stream_limit) for s in self._streams.values())
        return text + self._display_size

    def write(self, name: StreamName, text: str) -> None:
        """Append text of a stream; adjacent text of one stream is one output."""
        self._clear_if_due()
        stream = self._streams.get(name)
        if stream is None:
            stream = Stream(name, self._settings.stream_limit, self._artifact_path)
            self._streams[name] = stream
        stream.file.record(text)
        last = self._entries[-1] if self._entries else None
        if isinstance(last, StreamRun) and last.stream is stream:
            last.feed(text)
        elif self._is_full():
            stream.left_out += len(text)
            stream.unplaced += len(text)
        else:
            self._settle()
            self._entries.append(StreamRun(stream, text))

    def show(self, output: Shown, display_id: str | None = None) -> Shown | None:
        """Append a display, a result or an error as far as the limits allow; None if not at all.

        Displays of the cell that have its id already come to look like it.
        """
        self._clear_if_due()
        if display_id is not None and isinstance(output, DisplayData):
            return self._show_named(output, display_id)
        kept = output if isinstance(output, ErrorOutput) else self._within_limits(output)
        if kept is None:
            self._dropped += 1
            return None
        self._settle()
        self._display_size += size_of(kept)
        self._entries.append(kept)
        return kept

    def _show_named(self, output: DisplayData, display_id: str) -> DisplayData | None:
        self.update(display_id, output)
        kept = self._within_limits(output)
        if kept is None:
            self._dropped += 1
            return None
        self._settle()
        named = self._displays.setdefault(display_id, NamedDisplay(kept))
        named.places += 1
        self._display_size += size_of(named.look)
        self._entries.append(named)
        return named.look

    def update(self, display_id: str, bundle: MimeBundle) -> MimeBundle | None:
        """Give every display with this id a new look, as far as the limit allows; None without one.

        A look for which there is no room leaves them empty.
        """
        named = self._displays.get(display_id)
        if named is None:
            return None
        self._display_size -= named.size
        look = within(bundle, self._room // named.places)
        named.look = DisplayData(data=look.data, metadata=look.metadata)
        self._display_size += named.size
        return look

    def clear(self, *, wait: bool) -> None:
        """Take everything away, now or once the next output comes."""
        self._clear_next = True
        if not wait:
            self._clear_if_due()

    def outputs(self) -> tuple[list[Output], list[Cut]]:
        """Everything shown so far, and which limits cut it."""
        outputs: list[Output] = [
            entry.look if isinstance(entry, NamedDisplay) else entry
            for entry in self._entries
            if not isinstance(entry, StreamRun)
        ]
        going_on = {}
        if self._entries and isinstance(last := self._entries[-1], StreamRun):
            output, kept, left_out = last.output()
            outputs.append(output)
            going_on[last.stream] = (kept, left_out)
        if self._streams:
            outputs = _seen(outputs)
        cuts = [s.cut(*going_on.get(s, (0, 0))) for s in self._streams.values()]
        more = [*cuts_in(outputs), *self._display_cuts()]
        return outputs + self._notes(outputs), [*filter(None, cuts), *more]

    def _display_cuts(self) -> list[Cut]:
        if not self._dropped:
            return []
        kept = len(self._entries)
        return [Cut(what="display", kept=kept, total=kept + self._dropped, artifact=None)]

    def _notes(self, outputs: list[Output]) -> list[Output]:
        notes = [s.tell(s.unplaced) for s in self._streams.values() if s.unplaced]
        if self._dropped:
            notes.insert(0, f"{plural(self._dropped, 'more output')} left out")
        if lost := sum(lost_from(o) for o in outputs if isinstance(o, MimeBundle)):
            notes.insert(0, f"{plural(lost, 'representation')} of outputs left out")
        if not notes:
            return []
        text = "\n".join(f"[over the limit for one cell: {note}]" for note in notes)
        return [DisplayData(data={"text/plain": text})]

    def _settle(self) -> None:
        """The last run of text is over: keep its text only."""
        if self._entries and isinstance(last := self._entries[-1], StreamRun):
            output, kept, left_out = last.output()
            last.stream.settle(output.text, kept, left_out)
            self._entries[-1:] = [output] if output.text else []

    @property
    def _room(self) -> int:
        """Bytes that more displays may hold."""
        return max(0, self._settings.display_limit - self._display_size)

    def _within_limits(self, output: D) -> D | None:
        if self._is_full():
            return None
        kept = within(output, self._room)
        return None if output.data and not kept.data else kept

    def _is_full(self) -> bool:
        return len(self._entries) >= self._settings.output_count_limit

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self._clear_next = False
            for stream in self._streams.values():
                stream.file.end(wanted=False)
            self._entries.clear()
            self._streams.clear()
            self._displays.clear()
            self._display_size = self._dropped = 0


def _seen(outputs: list[Output]) -> list[Output]:
    """Without texts of which nothing is left, and with neighbours of one stream as one."""
    seen: list[Output] = []
    visible = (o for o in outputs if not isinstance(o, StreamOutput) or o.text)
    for name, neighbours in groupby(visible, key=lambda output: getattr(output, "name", None)):
        run = list(neighbours)
        if name is None or len(run) == 1:
            seen += run
        else:
            seen.append(StreamOutput(name=name, text=joined(o.text for o in run)))  # type: ignore[union-attr]
    return seen
