"""The blocks of a message of Bedrock's: text, pictures, documents, sounds, calls of tools and their results."""

from __future__ import annotations

import re
from typing import Any

from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, Part
from promptops.model.requests.translation import Interface, call_arguments

IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
DOCUMENTS = {
    "application/pdf": "pdf", "text/csv": "csv", "application/msword": "doc", "text/html": "html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls", "text/plain": "txt", "text/markdown": "md",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip
SOUNDS = {
    "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav",
    "audio/aac": "aac", "audio/flac": "flac", "audio/ogg": "ogg", "audio/opus": "opus", "audio/mp4": "mp4",
    "audio/m4a": "m4a", "audio/x-m4a": "m4a", "audio/webm": "webm",
}  # fmt: skip
_BLOCKS = {"image": ("image", IMAGES), "file": ("document", DOCUMENTS), "audio": ("audio", SOUNDS)}
_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


class ContentWriter:
    """Writes the content of one request's messages; documents are numbered through all of them."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface
        self._documents = 0

    def blocks(self, message: Message) -> list[dict[str, Any]]:
        """A message's content. RenderError for what has no place in it, and for no content at all."""
        if message.role == "tool":
            return [{"toolResult": self._result(message)}]
        if message.name:
            hint = "write it into the text"
            raise self._interface.error(f"has no place for the name '{message.name}' of a message", hint)
        found = self._parts(message) + [{"toolUse": self._call(message, i)} for i in range(len(message.tool_calls))]
        if not found:
            hint = "leave it out: when: EXPRESSION"
            raise self._interface.error(f"takes no {message.role} message without content", hint)
        return found

    def check_documents(self, blocks: list[dict[str, Any]]) -> None:
        """RenderError where a turn has a document and no text beside it, which Bedrock wants."""
        if any("document" in block for block in blocks) and not any("text" in block for block in blocks):
            raise self._interface.error("wants a text beside a file", "add a part that says what to do with it")

    def _parts(self, message: Message) -> list[dict[str, Any]]:
        return [self._part(part) for part in message.parts if part]

    def _part(self, part: Part) -> dict[str, Any]:
        return {"text": part} if isinstance(part, str) else self._media(part)

    def _media(self, media: Media) -> dict[str, Any]:
        if media.url:
            hint = f"give the {media.kind} itself: a path in a case, a pathlib.Path or a data URI in an application"
            raise self._interface.error(f"takes no {media.kind} by its address", hint)
        block, formats = _BLOCKS[media.kind]
        if media.media_type not in formats:
            known = ", ".join(dict.fromkeys(formats.values()))
            raise self._interface.error(f"takes no {media.kind} of the type {media.media_type}", f"use {known}")
        found: dict[str, Any] = {"format": formats[media.media_type], "source": {"bytes": media.data}}
        if block == "document":
            # The model reads the name as a part of the prompt; a file's own name may come from anybody, and twice.
            self._documents += 1
            found["name"] = f"Document {self._documents}"
        return {block: found}

    def _call(self, message: Message, index: int) -> dict[str, Any]:
        call = message.tool_calls[index]
        return {"toolUseId": self._id(call.id), "name": call.name, "input": call_arguments(call, self._interface)}

    def _result(self, message: Message) -> dict[str, Any]:
        return {"toolUseId": self._id(message.tool_call_id), "content": self._parts(message)}

    def _id(self, name: str) -> str:
        if not _ID.fullmatch(name):
            hint = "use up to 64 letters, digits and _ . : -"
            raise self._interface.error(f"takes no tool call with the id '{name}'", hint)
        return name
