from enum import Enum
from typing import Self


class OpenEnum(str, Enum):
    """An enum that takes values of a newer server, too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member
